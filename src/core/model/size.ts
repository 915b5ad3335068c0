import type { AssistantPart, Message, ToolOutput } from './message.ts';

/** How much of a model's context window a conversation takes. */
export interface Size {
  /** Ours: four characters to a token, of the messages alone. */
  estimate: number;
  /**
   * What the provider counted at its last answer, instructions and tools included, and our estimate of what came
   * since. Of providers that do not count, it is the estimate.
   */
  tokens: number;
}

export const CHARACTERS_PER_TOKEN = 4;

/** What a message takes, by its length. Remembered, because messages never change and histories are long. */
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

/** An output in words. */
export function outputText(output: ToolOutput): string {
  if (output.type === 'json') return JSON.stringify(output.value);
  return output.type === 'execution-denied' ? (output.reason ?? 'denied') : output.value;
}
