/**
 * The messages of a conversation, in the shapes of the AI SDK provider interface, so that what a provider
 * sent (reasoning signatures included) goes back to it unchanged after any number of restarts. They are
 * declared here, not imported, because they are a stored format of ours: `src/models` proves at compile time
 * that they still fit the interface.
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };
export type JsonObject = { [key: string]: Json | undefined };

/** Provider-specific data by provider name; opaque to us and always kept. */
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
  /** The provider's id; unique within the message. */
  toolCallId: string;
  toolName: string;
  /** Parsed arguments; `{}` when `invalid` is set. */
  input: Json;
  /** Set when the arguments cannot be used (cut off, not JSON): the reason, in words for the model. */
  invalid?: string;
  /** The provider ran the tool itself; we only keep the record. */
  providerExecuted?: boolean;
  providerOptions?: ProviderData;
}

/** What the model is told about a tool call. The `error-…` kinds mark failures. */
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

export type Message =
  | { role: 'system'; content: string }
  | {
      role: 'user';
      content: TextPart[];
      /** It is our summary of messages whose place it has; no text makes a message one. */
      summary?: true;
    }
  /** `model`: the `"provider/model"` that wrote it; absent in a conversation that was made otherwise. */
  | { role: 'assistant'; content: AssistantPart[]; model?: string }
  | { role: 'tool'; content: ToolResultPart[] };

/** The words of a message without reasoning and tool traffic. */
export function textOf(message: Message): string {
  if (typeof message.content === 'string') return message.content;
  let text = '';
  for (const part of message.content) if (part.type === 'text') text += part.text;
  return text;
}

export function userMessage(text: string): Message {
  return { role: 'user', content: [{ type: 'text', text }] };
}
