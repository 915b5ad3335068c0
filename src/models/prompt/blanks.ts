import { type AssistantPart, type Content, createTextContent } from '../../core/model/message.ts';
import { isBlank } from '../../core/model/text.ts';
import type { PromptMessage } from './parts.ts';
import type { PromptRules } from './rules.ts';

/**
 * Omits blocks without visible text, which providers refuse. A user message that is entirely blank is replaced by a
 * placeholder, because the turn that it started needs a user message.
 */
export function omitBlanks(message: PromptMessage, rules: PromptRules | undefined): PromptMessage {
  if (message.role === 'user') return { ...message, content: joinVisibleText(message.content) };
  if (message.role === 'tool') return message;
  return { ...message, content: message.content.filter((part) => isVisible(part, rules)) };
}

/** Joins visible texts beside each other to a single block, because not every server accepts several. */
export function joinVisibleText(content: Content): Content {
  const joined: Content = [];
  for (const part of content) {
    const last = joined.at(-1);
    if (part.type === 'text' && isBlank(part.text)) continue;
    if (part.type === 'text' && last?.type === 'text')
      joined[joined.length - 1] = { type: 'text', text: `${last.text}\n\n${part.text}` };
    else joined.push(part);
  }
  return joined.length === 0 ? createTextContent(EMPTY_MESSAGE) : joined;
}

const EMPTY_MESSAGE = '(The message was empty.)';

/**
 * Tells whether to keep a block. Blank reasoning is kept when it may be signed, because a provider may hide the text;
 * reasoning.ts then checks the signature.
 */
function isVisible(part: AssistantPart, rules: PromptRules | undefined): boolean {
  if (part.type !== 'text' && part.type !== 'reasoning') return true;
  if (!isBlank(part.text)) return true;
  if (part.type === 'reasoning' && rules?.proof) return true;
  if (!rules?.signsBlanks) return false;
  return Object.values(part.providerOptions ?? {}).some((data) => 'thoughtSignature' in data);
}
