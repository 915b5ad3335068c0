import { quoteName } from './quoting.ts';

/**
 * The messages of a conversation, in the shapes of the AI SDK provider interface, so that what a provider sent
 * (including reasoning signatures) goes back to it unchanged after any number of restarts. They are declared here, not
 * imported, because they are our stored format: `src/models` proves at compile time that they still fit the interface.
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };
export type JsonObject = { [key: string]: Json | undefined };

/** Provider-specific data by provider name; the core never reads it and always keeps it. */
export type ProviderData = Record<string, JsonObject>;

export interface TextPart {
  type: 'text';
  text: string;
  providerOptions?: ProviderData;
}

/** A file of a message, a tool result or an answer. The journal holds its bytes as a blob. */
export interface FilePart {
  type: 'file';
  /** The id of the blob. */
  blob: string;
  /** The type of the content as `type/subtype`, found in the bytes where they show it. */
  mediaType: string;
  /** A file name without folders and control characters. */
  name: string;
  bytes: number;
  providerOptions?: ProviderData;
}

/** What crosses the border of a session: the content of inputs, tool results and answers. */
export type Content = (TextPart | FilePart)[];

export interface ReasoningPart {
  type: 'reasoning';
  text: string;
  providerOptions?: ProviderData;
}

export interface ToolCallPart {
  type: 'tool-call';
  /** The provider's id of the call; unique within the message. */
  toolCallId: string;
  toolName: string;
  /** The parsed arguments of the call; `{}` when `invalid` is set. */
  input: Json;
  /** The reason why the arguments cannot be used (cut off, not JSON), in words for the model. */
  invalid?: string;
  /** True when the provider ran the tool itself; the core only keeps the record. */
  providerExecuted?: boolean;
  providerOptions?: ProviderData;
}

/** The output of a tool call as the model reads it. `error-text` and `execution-denied` mark failures. */
export type ToolOutput =
  | { type: 'text'; value: string }
  | { type: 'json'; value: Json }
  /** Texts and files in their order. */
  | { type: 'content'; value: Content }
  | { type: 'error-text'; value: string }
  | { type: 'execution-denied'; reason?: string };

export interface ToolResultPart {
  type: 'tool-result';
  toolCallId: string;
  toolName: string;
  output: ToolOutput;
  providerOptions?: ProviderData;
}

export type AssistantPart = TextPart | FilePart | ReasoningPart | ToolCallPart | ToolResultPart;

export type ModelMessage =
  | { role: 'system'; content: string }
  | {
      role: 'user';
      content: Content;
      /** Marks the summary that replaced older messages; the text alone never makes a message a summary. */
      summary?: true;
    }
  /** `model`: the `"provider/model"` that wrote the message; absent in imported conversations. */
  | { role: 'assistant'; content: AssistantPart[]; model?: string }
  | { role: 'tool'; content: ToolResultPart[] };

/** The tool calls among the parts of an answer; for parts of unknown types, such as those on the wire, all of them. */
export type CallPartOf<Part extends { type: string }> = Part extends { type: infer Type }
  ? string extends Type
    ? Part
    : Type extends 'tool-call'
      ? Part
      : never
  : never;

/**
 * Lists the tool calls that an answer requests, with the id that each has in the journal: `<step>.<position>`, such
 * as `3.1`. Calls that the provider ran itself have no id.
 */
export function listToolCalls<Part extends { type: string }>(
  step: number,
  content: readonly Part[],
): { call: string; part: CallPartOf<Part> }[] {
  const isCall = (part: Part): part is Part & CallPartOf<Part> =>
    part.type === 'tool-call' && !('providerExecuted' in part && part.providerExecuted);
  return content.filter(isCall).map((part, position) => ({ call: `${step}.${position + 1}`, part }));
}

/** Returns the text of a message, without files, reasoning, tool calls and tool results. */
export function extractText(message: ModelMessage): string {
  if (typeof message.content === 'string') return message.content;
  let text = '';
  for (const part of message.content) if (part.type === 'text') text += part.text;
  return text;
}

/** Returns the texts and files of an answer: all its text as one part, then its files. */
export function extractContent(content: readonly AssistantPart[]): Content {
  const text = extractText({ role: 'assistant', content: [...content] });
  const files = content.filter((part) => part.type === 'file');
  return [...(text === '' ? [] : createTextContent(text)), ...files];
}

export function createTextContent(text: string): Content {
  return [{ type: 'text', text }];
}

export function createUserMessage(text: string): ModelMessage {
  return { role: 'user', content: createTextContent(text) };
}

/** Returns the files of a content. */
export function listFiles(content: readonly AssistantPart[]): FilePart[] {
  return content.filter((part) => part.type === 'file');
}

/** Returns the texts of a content without its files, separated by empty lines. */
export function joinTexts(content: readonly AssistantPart[]): string {
  const texts = content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  return texts.length === 1 ? (texts[0] ?? '') : texts.join('\n\n');
}

/** Returns a content as text for readers that take no files: each file is a line such as `[image a.png, 120 kB]`. */
export function formatContent(content: Content): string {
  return content.map((part) => (part.type === 'text' ? part.text : `[${describeFile(part)}]`)).join('\n');
}

/** Returns what a file is, its name and its size, for example `image photo.jpg, 120 kB`. */
export function describeFile({ mediaType, name, bytes }: FilePart): string {
  const kind = /^(image|audio|video)\//.exec(mediaType)?.[1] ?? 'file';
  return `${kind} ${quoteName(name)}, ${formatBytes(bytes)}`;
}

/** Returns a size in the unit that fits it, in powers of 1,000. */
function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
