import type { AssistantPart, ModelMessage, ToolOutput } from './message.ts';

/** The share of a model's context window that a conversation takes, in tokens. */
export interface HistorySize {
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
export function estimateTokens(message: ModelMessage): number {
  let known = ESTIMATES.get(message);
  if (known === undefined) {
    known = Math.ceil(measureMessage(message) / CHARACTERS_PER_TOKEN);
    ESTIMATES.set(message, known);
  }
  return known;
}

export function sumEstimates(messages: readonly ModelMessage[]): number {
  let sum = 0;
  for (const message of messages) sum += estimateTokens(message);
  return sum;
}

const ESTIMATES = new WeakMap<ModelMessage, number>();

function measureMessage({ content }: ModelMessage): number {
  if (typeof content === 'string') return content.length;
  let length = 0;
  for (const part of content) length += measurePart(part);
  return length;
}

function measurePart(part: AssistantPart): number {
  if (part.type === 'tool-call') return part.toolName.length + JSON.stringify(part.input).length;
  if (part.type === 'tool-result') return part.toolName.length + formatOutput(part.output).length;
  return part.text.length;
}

/** Returns a tool output as text: JSON is serialised, a denial gives its reason. */
export function formatOutput(output: ToolOutput): string {
  if (output.type === 'json') return JSON.stringify(output.value);
  return output.type === 'execution-denied' ? (output.reason ?? 'denied') : output.value;
}
