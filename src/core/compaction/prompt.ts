import type { AssistantPart, ModelMessage } from '../model/message.ts';
import { createUserMessage, describeFile, formatContent } from '../model/message.ts';
import { CHARACTERS_PER_TOKEN, formatOutput } from '../model/size.ts';
import { takeHead, takeTail } from '../model/text.ts';

/**
 * Returns the prompt of a compaction, which asks for a summary of a range of the conversation, in about `budget`
 * characters. Texts that are too long for it, above all arguments and outputs of tools, keep only their head and tail.
 */
export function buildCompactionPrompt(piece: readonly ModelMessage[], budget: number): ModelMessage[] {
  const lines = piece.map((message) => formatLine(message, budget));
  return [
    createUserMessage(
      `Summarise this conversation for the assistant who will continue it, in at most ${computeWordLimit(budget)} words. Keep every fact, decision, file name, number, open task and way to read on in an output, and what the user asked for in the user's own words; leave out pleasantries.\n\n${lines.join('\n')}`,
    ),
  ];
}

/** Returns the number of characters that a message takes in the prompt, including its line break. */
export function measureLine(message: ModelMessage, budget: number): number {
  return formatLine(message, budget).length + 1;
}

/** Returns the maximum words of the summary: a quarter of the tokens that are read, from 100 to 2,000. */
function computeWordLimit(budget: number): number {
  return Math.round(Math.min(Math.max(budget / CHARACTERS_PER_TOKEN / 4, 100), 2_000));
}

/** Returns one message as a line of at most a quarter of the budget, so that a call, its results and a summary fit. */
function formatLine(message: ModelMessage, budget: number): string {
  return clipText(`${message.role}: ${formatMessage(message, budget)}`, Math.floor(budget / 4));
}

function formatMessage(message: ModelMessage, budget: number): string {
  if (message.role === 'system') return message.content;
  if (message.role === 'user') return formatContent(message.content);
  const most = Math.min(LONGEST_TOOL_TEXT, Math.floor(budget / 8));
  const words = message.content.map((part) => formatPart(part, most));
  return words.filter(Boolean).join(' ');
}

/** The maximum length in characters of the arguments or the output of one call. */
const LONGEST_TOOL_TEXT = 2_000;

function formatPart(part: AssistantPart, most: number): string {
  if (part.type === 'text') return part.text;
  if (part.type === 'file') return `[${describeFile(part)}]`;
  if (part.type === 'tool-call')
    return `[calls ${part.toolName} ${clipText(JSON.stringify(part.input), most)}]`;
  if (part.type === 'tool-result')
    return `[result of ${part.toolName}: ${clipText(formatOutput(part.output), most)}]`;
  return '';
}

/** Cuts the middle out of a long text, but keeps its hint how to read the rest, without which the model could not. */
function clipText(text: string, most: number): string {
  if (text.length <= most) return text;
  const half = Math.floor(most / 2);
  const how = READ_ON.exec(text)?.[0];
  const [head, tail] = [takeHead(text, half), takeTail(text, half)];
  const left = `${text.length - head.length - tail.length} characters left out${how ? `; ${how}` : ''}`;
  return `${head} [… ${left} …] ${tail}`;
}

const READ_ON = /To read on: \w+ \{[^{}]{0,200}\}/;
