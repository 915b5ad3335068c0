import type { AssistantPart, Message, ToolOutput } from './message.ts';

/** The share of a model's context window that a conversation takes, in tokens. */
export interface Size {
  /** The core's own estimate for the messages alone, at four characters per token. */
  estimate: number;
  /**
   * The provider's count at its last answer, including instructions and tools, plus the estimate for the messages that
   * were added since. For a provider that does not count it equals the estimate.
   */
  tokens: number;
}

export const CHARACTERS_PER_TOKEN = 4;

/** Returns the estimated tokens of a message. Cached, because messages never change and histories are long. */
export function estimate(message: Message): number {
  let known = KNOWN.get(message);
  if (known === undefined) {
    known = Math.ceil(lengthOf(message) / CHARACTERS_PER_TOKEN);
    KNOWN.set(message, known);
  }
  return known;
}

export function estimateAll(messages: readonly Message[]): number {
  let sum = 0;
  for (const message of messages) sum += estimate(message);
  return sum;
}

const KNOWN = new WeakMap<Message, number>();

function lengthOf({ content }: Message): number {
  if (typeof content === 'string') return content.length;
  let length = 0;
  for (const part of content) length += partLength(part);
  return length;
}

function partLength(part: AssistantPart): number {
  if (part.type === 'tool-call') return part.toolName.length + JSON.stringify(part.input).length;
  if (part.type === 'tool-result') return part.toolName.length + outputText(part.output).length;
  return part.text.length;
}

/** Returns a tool output as text: JSON is serialised, a denial gives its reason. */
export function outputText(output: ToolOutput): string {
  if (output.type === 'json') return JSON.stringify(output.value);
  return output.type === 'execution-denied' ? (output.reason ?? 'denied') : output.value;
}
