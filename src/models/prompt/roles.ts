import type { AssistantPart, TextPart } from '../../core/model/message.ts';
import { joinVisibleText } from './blanks.ts';
import type { PromptMessage } from './parts.ts';
import type { PromptRules } from './rules.ts';

/**
 * Puts the messages into an order of roles that the provider accepts; a prompt begins and ends with the user's
 * side.
 */
export function orderRoles(messages: readonly PromptMessage[], rules: PromptRules): PromptMessage[] {
  const merged = rules.alternates ? mergeNeighbours(messages) : [...messages];
  const ordered = rules.separatesResults ? separateResults(merged) : merged;
  if (ordered[0]?.role !== 'user') ordered.unshift(toUserMessage(BEGINNING));
  if (ordered.at(-1)?.role === 'assistant') ordered.push(toUserMessage(CONTINUE));
  return ordered;
}

const BEGINNING = '(The conversation continues.)';
const CONTINUE = '(Please continue.)';
/** Stands between results of tools and a user message, for chat templates that refuse one after the other. */
export const RESULTS_READ = 'I have read the results.';

function toUserMessage(text: string): PromptMessage {
  return { role: 'user', content: [{ type: 'text', text }] };
}

function mergeNeighbours(messages: readonly PromptMessage[]): PromptMessage[] {
  const merged: PromptMessage[] = [];
  for (const message of messages) {
    const before = merged.at(-1);
    const both = before && mergeMessages(before, message);
    if (both) merged[merged.length - 1] = both;
    else merged.push(message);
  }
  return merged;
}

function mergeMessages(before: PromptMessage, after: PromptMessage): PromptMessage | undefined {
  if (before.role === 'user' && after.role === 'user') {
    return { role: 'user', content: joinVisibleText([...before.content, ...after.content]) };
  }
  if (before.role !== 'assistant' || after.role !== 'assistant') return undefined;
  return { role: 'assistant', content: [...before.content, ...separateText(before.content, after.content)] };
}

/** Separates the text of two merged answers by an empty line, because servers join texts without a space. */
function separateText(before: readonly AssistantPart[], after: readonly AssistantPart[]): AssistantPart[] {
  const first = after.findIndex(isText);
  if (first < 0 || !before.some(isText)) return [...after];
  return after.map((part, index) =>
    index === first && isText(part) ? { ...part, text: `\n\n${part.text}` } : part,
  );
}

function isText(part: AssistantPart): part is TextPart {
  return part.type === 'text';
}

function separateResults(messages: readonly PromptMessage[]): PromptMessage[] {
  return messages.flatMap((message, index) => {
    const after = message.role === 'tool' && messages[index + 1]?.role === 'user';
    return after
      ? [message, { role: 'assistant', content: [{ type: 'text', text: RESULTS_READ }] }]
      : [message];
  });
}
