import type { Content, FilePart, Json, JsonObject, ToolOutput } from '../../../core/model/message.ts';
import { messageOf } from '../../../errors/errors.ts';
import { isRawNumber, parseLossless } from '../../../util/lossless-json.ts';
import { type ToolContext, toolError } from '../../port/tool.ts';
import { isPlainObject } from '../wire/wire.ts';
import { storeBlock } from './files.ts';

/**
 * The maximum length of a structured result in characters; a longer one becomes text, of which a window can be
 * shown.
 */
const MAX_JSON_LENGTH = 4_096;

/** The maximum length in characters of the JSON excerpt that stands for an unknown block. */
const MAX_EXCERPT_LENGTH = 2_000;

/** Members of a result that carry no information of their own for the model. */
const IGNORED_MEMBERS = new Set([
  '_meta',
  'content',
  'structuredContent',
  'isError',
  'resultType',
  'toolResult',
]);

/**
 * Converts the raw result of a call to the output for the model: texts are joined; images, sounds and binary resources
 * are stored as files; other blocks, and files that cannot be stored, are described in words. Structured content
 * repeats the text for programs, so it is used only when there is no text. A result that does not conform to the
 * protocol is read as far as possible; it never counts as missing.
 */
export async function toToolOutput(
  result: unknown,
  storeFile?: ToolContext['storeFile'],
): Promise<ToolOutput> {
  if (!isPlainObject(result)) return textOutput(toText(result), false);
  const { content, structuredContent, isError, toolResult } = result;
  if (content === undefined && toolResult !== undefined) return toToolOutput(toolResult, storeFile);
  const blocks = listBlocks(content);
  const failed = isTrue(isError);
  // The output of a failed call is text only.
  const store = failed ? undefined : storeFile;
  const parts = await Promise.all(blocks.map((block) => convertBlock(block, store)));
  const structured = structuredContent ?? otherMembers(result, blocks);
  if (structured !== undefined && structured !== null && !blocks.some(hasText)) {
    const json = JSON.stringify(structured);
    if (!failed && parts.length === 0 && json.length <= MAX_JSON_LENGTH) return jsonOutput(json);
    parts.push(json);
  }
  const shown = parts.filter((part) => part !== '');
  const texts = shown.filter((part) => typeof part === 'string');
  return texts.length < shown.length ? contentOutput(shown) : textOutput(texts.join('\n'), failed);
}

/** Returns the file of a block, or its description in words. */
async function convertBlock(block: unknown, store: ToolContext['storeFile']): Promise<string | FilePart> {
  const words = describeBlock(block);
  if (!store) return words;
  try {
    return (await storeBlock(block, store)) ?? words;
  } catch (error) {
    return `${words} (it was not kept: ${messageOf(error)})`;
  }
}

/** Joins texts that stand beside each other. */
function contentOutput(parts: readonly (string | FilePart)[]): ToolOutput {
  const value: Content = [];
  for (const part of parts) {
    const last = value.at(-1);
    if (typeof part !== 'string') value.push(part);
    else if (last?.type === 'text') last.text = `${last.text}\n${part}`;
    else value.push({ type: 'text', text: part });
  }
  return { type: 'content', value };
}

/** Appends a note in brackets that does not come from the server; an empty note changes nothing. */
export function appendNote(output: ToolOutput, note: string): ToolOutput {
  if (note === '' || output.type === 'execution-denied') return output;
  const said = `[${note}]`;
  if (output.type === 'content') return { ...output, value: [...output.value, { type: 'text', text: said }] };
  if (output.type === 'json') return { type: 'text', value: `${JSON.stringify(output.value)}\n${said}` };
  return { ...output, value: `${output.value}\n${said}` };
}

function textOutput(value: string, failed: boolean): ToolOutput {
  if (failed) return toolError(value || 'The tool failed and did not say why.');
  return { type: 'text', value: value || 'The tool did its work and returned nothing.' };
}

function jsonOutput(json: string): ToolOutput {
  const value: Json = parseLossless(json);
  return { type: 'json', value };
}

/** Tells whether a value means `true`; some servers write 1 or "true". */
function isTrue(value: unknown): boolean {
  return value === true || value === 1 || (typeof value === 'string' && value.toLowerCase() === 'true');
}

function listBlocks(content: unknown): unknown[] {
  if (content === undefined || content === null) return [];
  return Array.isArray(content) ? content : [content];
}

/** Returns the unknown members of a result that has neither content nor structured content; otherwise `undefined`. */
function otherMembers(result: JsonObject, blocks: readonly unknown[]): JsonObject | undefined {
  const others = Object.entries(result).filter(([name]) => !IGNORED_MEMBERS.has(name));
  return blocks.length > 0 || others.length === 0 ? undefined : Object.fromEntries(others);
}

function hasText(block: unknown): boolean {
  if (!isPlainObject(block)) return block !== null;
  const { type, text, resource } = block;
  if (type === 'resource') return isPlainObject(resource) && 'text' in resource;
  return type === 'text' || (type === undefined && text !== undefined);
}

function describeBlock(block: unknown): string {
  if (!isPlainObject(block)) return toText(block);
  const { type, text } = block;
  switch (type) {
    case 'text':
    case undefined:
      return type === undefined && text === undefined ? excerptJson(block) : toText(text);
    case 'image':
    case 'audio':
      return `[${type}: ${joinTexts([block['mimeType'], describeSize(block['data'])])}]`;
    case 'resource_link':
      return describeLink(block);
    case 'resource':
      return isPlainObject(block['resource']) ? describeResource(block['resource']) : excerptJson(block);
    default:
      return `[a block of the unknown type ${JSON.stringify(type)}: ${excerptJson(block)}]`;
  }
}

function describeLink({ uri, title, name, mimeType, size, description }: JsonObject): string {
  const bytes = size === undefined || size === null ? undefined : `${toText(size)} bytes`;
  return `[resource ${toText(uri)}: ${joinTexts([title ?? name, mimeType, bytes, description])}]`;
}

function describeResource({ uri, text, blob, mimeType }: JsonObject): string {
  const name = `resource ${toText(uri)}`;
  if (text !== undefined && text !== null) return `[${name}]\n${toText(text)}`;
  if (blob === undefined || blob === null) return `[${name}: ${joinTexts([mimeType, 'without content'])}]`;
  return `[${name}: ${joinTexts([mimeType ?? 'binary', describeSize(blob)])}]`;
}

/** Converts any value to text: a string unchanged, null and undefined to an empty string, the rest to JSON. */
function toText(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  return isRawNumber(value) ? value.rawJSON : JSON.stringify(value);
}

function joinTexts(values: readonly unknown[]): string {
  return values.map(toText).filter(Boolean).join(', ');
}

function excerptJson(block: JsonObject): string {
  const json = JSON.stringify(block);
  return json.length > MAX_EXCERPT_LENGTH ? `${json.slice(0, MAX_EXCERPT_LENGTH).toWellFormed()}…` : json;
}

/** Describes the size of base64 data in decoded bytes. */
function describeSize(base64: unknown): string {
  if (typeof base64 !== 'string' || !/^[A-Za-z0-9+/_\s-]*={0,2}\s*$/.test(base64)) {
    return 'with data that is not base64';
  }
  const letters = base64.replaceAll(/[\s=]/g, '').length;
  return `${Math.floor((letters * 3) / 4)} bytes`;
}
