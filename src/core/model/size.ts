import {
  type AssistantPart,
  type FilePart,
  formatContent,
  type ModelMessage,
  type ToolOutput,
} from './message.ts';

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
  if (part.type === 'tool-result') return part.toolName.length + measureOutput(part.output);
  return part.type === 'file' ? measureFile(part) : part.text.length;
}

/** The characters that count for an image and for any other file, because a model counts these in its own way. */
const IMAGE_LENGTH = 6_000;
const FILE_LENGTH = 24_000;

function measureFile({ mediaType, bytes }: FilePart): number {
  if (mediaType.startsWith('image/')) return IMAGE_LENGTH;
  return mediaType.startsWith('text/') ? Math.min(bytes, FILE_LENGTH) : FILE_LENGTH;
}

function measureOutput(output: ToolOutput): number {
  return output.type === 'content'
    ? output.value.reduce((sum, part) => sum + measurePart(part), 0)
    : formatOutput(output).length;
}

/** Returns a tool output as text: JSON is serialised, files are described, a denial gives its reason. */
export function formatOutput(output: ToolOutput): string {
  if (output.type === 'json') return JSON.stringify(output.value);
  if (output.type === 'content') return formatContent(output.value);
  return output.type === 'execution-denied' ? (output.reason ?? 'denied') : output.value;
}
