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
  | { type: 'error-text'; value: string }
  | { type: 'execution-denied'; reason?: string };

export interface ToolResultPart {
  type: 'tool-result';
  toolCallId: string;
  toolName: string;
  output: ToolOutput;
  providerOptions?: ProviderData;
}

export type AssistantPart = TextPart | ReasoningPart | ToolCallPart | ToolResultPart;

export type ModelMessage =
  | { role: 'system'; content: string }
  | {
      role: 'user';
      content: TextPart[];
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

/** Returns the text of a message, without reasoning, tool calls and tool results. */
export function extractText(message: ModelMessage): string {
  if (typeof message.content === 'string') return message.content;
  let text = '';
  for (const part of message.content) if (part.type === 'text') text += part.text;
  return text;
}

export function createUserMessage(text: string): ModelMessage {
  return { role: 'user', content: [{ type: 'text', text }] };
}
