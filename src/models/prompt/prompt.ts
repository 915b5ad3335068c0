import type {
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ToolResultPart,
} from '@ai-sdk/provider';
import type {
  AssistantPart,
  FilePart,
  ModelMessage,
  TextPart,
  ToolOutput,
  ToolResultPart,
} from '../../core/model/message.ts';
import { isBlank } from '../../core/model/text.ts';
import { omitBlanks } from './blanks.ts';
import { NO_FILES, type PromptFiles, placeFiles, toProviderFile } from './files.ts';
import { assignCallIds } from './ids.ts';
import { pairCalls } from './pairs.ts';
import { normalizeMessage, type PromptMessage } from './parts.ts';
import { omitForeignData, omitReasoning } from './reasoning.ts';
import { orderRoles } from './roles.ts';
import type { PromptRules } from './rules.ts';

/** The model that a prompt is built for, with the rules of its provider. */
export interface PromptTarget {
  /** `"provider/model"`, as the configuration names it. */
  model: string;
  /** Absent for models that accept anything. */
  rules: PromptRules | undefined;
}

/**
 * Builds the prompt of a conversation. The journal keeps a history as it happened, odd items included; this
 * function turns it into a prompt that the provider accepts, so that no item can fail every later call of its
 * session. It uses no casts on purpose: it compiles only as long as stored messages fit the provider interface.
 */
export function toPrompt(
  instructions: string,
  history: readonly ModelMessage[],
  addressee: PromptTarget,
  files: PromptFiles = NO_FILES,
): LanguageModelV4Prompt {
  const { rules } = addressee;
  const { messages, arePlain, plain } = prepareHistory(history, addressee);
  const system: LanguageModelV4Prompt = isBlank(instructions)
    ? []
    : [{ role: 'system', content: instructions.toWellFormed() }];
  if (!rules && arePlain) return system.concat(plain);
  const paired = rules ? assignCallIds(pairCalls(messages), rules) : messages;
  // Long histories without files are not copied.
  const placed = arePlain ? paired : placeFiles(paired, files, rules);
  const accepted = rules ? orderRoles(placed, rules) : placed;
  return system.concat(accepted.map((message) => toProviderMessage(message, files)));
}

/**
 * Repairs each message of the history by itself. Messages never change and a history only grows between two calls,
 * so the result for the previous call of a session is cached under the session's first message and extended.
 */
function prepareHistory(
  history: readonly ModelMessage[],
  { model, rules }: PromptTarget,
): Pick<PreparedHistory, 'messages' | 'arePlain' | 'plain'> {
  const [first] = history;
  if (!first) return { messages: [], arePlain: true, plain: [] };
  const known = PREPARED_HISTORIES.get(first);
  const fits = known?.model === model && known.rules === rules && isContinuedBy(known, history);
  const kept: PreparedHistory = fits
    ? known
    : { model, rules, messages: [], arePlain: true, plain: [], count: 0, last: first };
  for (const message of history.slice(kept.count)) {
    const one = repairMessage(message, { model, rules });
    if (one) kept.messages.push(one);
    if (one && isPlain(one)) kept.plain.push(toPlainMessage(one));
    else if (one) kept.arePlain = false;
    kept.last = message;
  }
  kept.count = history.length;
  PREPARED_HISTORIES.set(first, kept);
  return kept;
}

interface PreparedHistory extends PromptTarget {
  messages: PromptMessage[];
  /** Whether none of them has a file. */
  arePlain: boolean;
  /** Those without a file as the provider takes them; with `arePlain`, all of them. */
  plain: LanguageModelV4Message[];
  /** The number of messages of the history that are included. `last` is the last of them. */
  count: number;
  last: ModelMessage;
}

const PREPARED_HISTORIES = new WeakMap<ModelMessage, PreparedHistory>();

function isContinuedBy({ count, last }: PreparedHistory, history: readonly ModelMessage[]): boolean {
  return history.length >= count && history[count - 1] === last;
}

function repairMessage(message: ModelMessage, { model, rules }: PromptTarget): PromptMessage | null {
  const own = omitForeignData(normalizeMessage(message), model);
  const visible = omitBlanks(own, rules);
  const accepted = rules ? omitReasoning(visible, rules) : visible;
  // Providers refuse messages without content.
  return accepted.content.length > 0 ? accepted : null;
}

/** Converts a message to the provider interface: without members that only the journal uses, with bytes of files. */
function toProviderMessage(message: PromptMessage, files: PromptFiles): LanguageModelV4Message {
  if (isPlain(message)) return toPlainMessage(message);
  switch (message.role) {
    case 'user':
      return { role: 'user', content: message.content.map((part) => toProviderPart(part, files)) };
    case 'assistant':
      return { role: 'assistant', content: message.content.map((part) => toAnswerPart(part, files)) };
    case 'tool':
      return { role: 'tool', content: message.content.map((part) => toResultPart(part, files)) };
  }
}

/** A message without files, which fits the provider interface as it is. */
type PlainMessage =
  | { role: 'user'; content: TextPart[]; summary?: true }
  | {
      role: 'assistant';
      content: (Exclude<AssistantPart, FilePart | ToolResultPart> | PlainResult)[];
      model?: string;
    }
  | { role: 'tool'; content: PlainResult[] };

type PlainResult = ToolResultPart & { output: Exclude<ToolOutput, { type: 'content' }> };

function isPlain(message: PromptMessage): message is PlainMessage {
  for (const part of message.content) {
    if (part.type === 'file') return false;
    if (part.type === 'tool-result' && part.output.type === 'content') return false;
  }
  return true;
}

function toPlainMessage(message: PlainMessage): LanguageModelV4Message {
  if (message.role !== 'assistant' || message.model === undefined) return message;
  return { role: 'assistant', content: message.content };
}

function toProviderPart(part: TextPart | FilePart, files: PromptFiles) {
  return part.type === 'file' ? toProviderFile(part, files) : part;
}

function toAnswerPart(part: AssistantPart, files: PromptFiles) {
  if (part.type === 'tool-result') return toResultPart(part, files);
  return part.type === 'file' ? toProviderFile(part, files) : part;
}

function toResultPart(part: ToolResultPart, files: PromptFiles): LanguageModelV4ToolResultPart {
  const { output } = part;
  if (output.type !== 'content') return { ...part, output };
  const value = output.value.map((each) => toProviderPart(each, files));
  return { ...part, output: { type: 'content', value } };
}
