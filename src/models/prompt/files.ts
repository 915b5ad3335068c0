import type { LanguageModelV4FilePart } from '@ai-sdk/provider';
import type {
  AssistantPart,
  Content,
  FilePart,
  ModelMessage,
  TextPart,
  ToolOutput,
} from '../../core/model/message.ts';
import { describeFile, joinTexts } from '../../core/model/message.ts';
import { imitatesNote, quoteData, quoteLines } from '../../core/model/quoting.ts';
import type { Modality } from '../providers/provider-config.ts';
import { joinVisibleText } from './blanks.ts';
import type { PromptMessage } from './parts.ts';
import type { FileSupport, PromptRules } from './rules.ts';

/** Reads the bytes of a file; resolves with undefined when they are no longer stored. */
export type FileReader = (file: FilePart) => Promise<Uint8Array | undefined>;

/** The files of a prompt, by `keyOf`: the content of those that are sent, and why the others are not. */
export interface PromptFiles {
  /** Base64, or the text itself for a text file. */
  sent: ReadonlyMap<string, string>;
  leftOut: ReadonlyMap<string, string>;
}

export const NO_FILES: PromptFiles = { sent: new Map(), leftOut: new Map() };

/** Bytes of all files of one request. Google takes requests of up to 20 MB, and base64 adds a third. */
const MAX_TOTAL = 14_000_000;
/** Bytes of a text file that is shown in a prompt. */
const MAX_TEXT = 65_536;

/**
 * Lists the files of a history, those of the newest message first. A history only grows between two calls, so the list
 * of the previous call of a session is kept under the session's first message and extended.
 */
export function listPromptFiles(history: readonly ModelMessage[]): FilePart[] {
  const [first] = history;
  if (!first) return [];
  const known = LISTED_HISTORIES.get(first);
  const fits = known !== undefined && history[known.count - 1] === known.last;
  const listed: ListedHistory = fits ? known : { count: 0, last: first, groups: [] };
  for (const message of history.slice(listed.count)) {
    const files = listMessageFiles(message);
    if (files.length > 0) listed.groups.push(files);
    listed.last = message;
  }
  listed.count = history.length;
  LISTED_HISTORIES.set(first, listed);
  return listed.groups.toReversed().flat();
}

interface ListedHistory {
  /** The number of messages that were looked at; `last` is the last of them. */
  count: number;
  last: ModelMessage;
  /** The files of each message that has any, in the order of the messages. */
  groups: FilePart[][];
}

const LISTED_HISTORIES = new WeakMap<ModelMessage, ListedHistory>();

function listMessageFiles({ content }: ModelMessage): FilePart[] {
  const files: FilePart[] = [];
  for (const part of content) {
    if (typeof part === 'string') break;
    if (part.type === 'file') files.push(part);
    if (part.type === 'tool-result' && part.output.type === 'content')
      files.push(...part.output.value.filter((each) => each.type === 'file'));
  }
  return files;
}

/**
 * Reads the files that the model takes, the newest first, up to what one request may carry. A file that is not sent
 * has a reason, which the model is told in its place.
 */
export async function loadPromptFiles(
  files: readonly FilePart[],
  { files: support, rules }: { files?: FileSupport; rules?: PromptRules | undefined },
  read: FileReader,
): Promise<PromptFiles> {
  const sent = new Map<string, string>();
  const leftOut = new Map<string, string>();
  let room = MAX_TOTAL;
  for (const file of files) {
    const key = fileKeyOf(file);
    if (sent.has(key) || leftOut.has(key)) continue;
    const refusal = findRefusal(file, support, rules, room);
    const bytes = refusal === undefined ? await read(file) : undefined;
    if (!bytes) leftOut.set(key, refusal ?? 'its content is no longer stored');
    else {
      sent.set(key, Buffer.from(bytes).toString(isTextFile(file) ? 'utf8' : 'base64'));
      room -= file.bytes;
    }
  }
  return { sent, leftOut };
}

/** Returns why the model does not get a file; undefined when it does. */
function findRefusal(
  file: FilePart,
  support: FileSupport | undefined,
  rules: PromptRules | undefined,
  room: number,
): string | undefined {
  if (isTextFile(file)) return file.bytes > MAX_TEXT ? 'it is too long to be shown' : undefined;
  const modality = findModality(file.mediaType);
  const refused = support?.refused.get(file.blob);
  if (refused !== undefined) return `the provider refused it: ${quoteData(refused)}`;
  if (support && (!modality || !support.modalities.has(modality))) {
    return `this model does not take ${modality ? NAMES[modality] : 'files of this type'}`;
  }
  const largest = modality === 'image' ? rules?.files.largestImage : null;
  if (largest && file.bytes > largest) return 'the provider takes no image of this size';
  return file.bytes > room
    ? 'left out, because the files of this conversation exceed one request'
    : undefined;
}

const NAMES: Record<Modality, string> = { image: 'images', pdf: 'PDF files', audio: 'audio', video: 'video' };

/** Checks whether the model gets the file as such, not as text. */
export function isTaken(file: FilePart, modalities: ReadonlySet<Modality>): boolean {
  const modality = isTextFile(file) ? undefined : findModality(file.mediaType);
  return modality !== undefined && modalities.has(modality);
}

/** Checks whether a provider's refusal is about files; its words are all that tells. */
export function isFileRefusal(reason: string): boolean {
  // The names of provider and model, which come first, may contain such words too.
  return ABOUT_FILES.test(reason.slice(reason.indexOf('": it ')));
}

const ABOUT_FILES =
  /\b(images?|image_url|vision|multi-?modal|modalit(?:y|ies)|files?|file_data|documents?|pdfs?|audio|video|input_\w+|content (?:type|parts?)|media.?types?|mime)\b/i;

/** Types of images that models take; an image of another type counts as a file of no modality. */
const IMAGE_TYPES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

function findModality(mediaType: string): Modality | undefined {
  if (IMAGE_TYPES.has(mediaType)) return 'image';
  if (mediaType === 'application/pdf') return 'pdf';
  if (mediaType.startsWith('audio/')) return 'audio';
  return mediaType.startsWith('video/') ? 'video' : undefined;
}

/** Checks for a file whose text is shown to every model. */
function isTextFile({ mediaType }: FilePart): boolean {
  return (
    mediaType.startsWith('text/') ||
    /^application\/(json|xml|yaml)$/.test(mediaType) ||
    mediaType === 'image/svg+xml'
  );
}

/**
 * Puts the files of a prompt where the provider takes them: a file that is not sent becomes a line that says why, a
 * text file its text, and files of tool results follow in a user message where results are text only.
 */
export function placeFiles(
  messages: readonly PromptMessage[],
  files: PromptFiles,
  rules: PromptRules | undefined,
): PromptMessage[] {
  return messages.flatMap((message): PromptMessage[] => {
    if (message.role === 'user') {
      if (!message.content.some(isFile)) return [message];
      return [
        { ...message, content: joinVisibleText(message.content.map((part) => placePart(part, files))) },
      ];
    }
    if (message.role === 'assistant') return [placeAnswerFiles(message, files, rules)];
    return placeResultFiles(message, files, rules);
  });
}

type AnswerMessage = Extract<PromptMessage, { role: 'assistant' }>;
type ResultsMessage = Extract<PromptMessage, { role: 'tool' }>;

/** A provider that takes no files in answers gets a line for each file that the model has made. */
function placeAnswerFiles(
  message: AnswerMessage,
  files: PromptFiles,
  rules: PromptRules | undefined,
): AnswerMessage {
  if (!message.content.some(isFile)) return message;
  const content = message.content.map((part): AssistantPart => {
    if (part.type !== 'file') return part;
    const placed = placePart(part, files);
    if (placed.type === 'text' || (rules?.files.inAnswers ?? true)) return placed;
    return { type: 'text', text: `[${describeFile(part)}]` };
  });
  return { ...message, content };
}

function placeResultFiles(
  message: ResultsMessage,
  files: PromptFiles,
  rules: PromptRules | undefined,
): PromptMessage[] {
  const following: Content = [];
  const content = message.content.map((part) => {
    if (part.output.type !== 'content') return part;
    const placed = part.output.value.map((each) => placePart(each, files));
    if (rules?.files.inResults ?? true) return { ...part, output: toOutput(joinVisibleText(placed)) };
    const texts = placed.map((each) => (isFile(each) ? toLine(each, 'see below') : each));
    const moved = placed.filter(isFile);
    if (moved.length > 0)
      following.push({ type: 'text', text: `[files of the result of ${part.toolName}]` }, ...moved);
    return { ...part, output: toOutput(joinVisibleText(texts)) };
  });
  const results: PromptMessage = { ...message, content };
  return following.length === 0 ? [results] : [results, { role: 'user', content: following }];
}

function toOutput(content: Content): ToolOutput {
  return content.some(isFile)
    ? { type: 'content', value: content }
    : { type: 'text', value: joinTexts(content) };
}

function placePart(part: TextPart | FilePart, { sent, leftOut }: PromptFiles): TextPart | FilePart {
  if (part.type === 'text') return part;
  const content = sent.get(fileKeyOf(part));
  if (content === undefined)
    return toLine(part, leftOut.get(fileKeyOf(part)) ?? 'its content is not available here');
  if (!isTextFile(part)) return part;
  const text = content.toWellFormed();
  return { type: 'text', text: `[${describeFile(part)}]\n${imitatesNote(text) ? quoteLines(text) : text}` };
}

function toLine(file: FilePart, why: string): TextPart {
  return { type: 'text', text: `[${describeFile(file)}: ${why}]` };
}

function fileKeyOf({ blob, mediaType }: FilePart): string {
  return `${mediaType} ${blob}`;
}

function isFile(part: AssistantPart): part is FilePart {
  return part.type === 'file';
}

/** Returns a file as the provider package takes it. */
export function toProviderFile(part: FilePart, { sent }: PromptFiles): LanguageModelV4FilePart {
  const { name: filename, mediaType, providerOptions } = part;
  const data = { type: 'data', data: sent.get(fileKeyOf(part)) ?? '' } as const;
  return { type: 'file', filename, mediaType, data, ...(providerOptions ? { providerOptions } : {}) };
}
