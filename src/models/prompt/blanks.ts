import type { AssistantPart, TextPart } from '../../core/model/message.ts';
import { isBlank } from '../../core/model/text.ts';
import type { SentMessage } from './parts.ts';
import type { PromptRules } from './rules.ts';

/**
 * Leaves out blocks without visible text, which providers refuse. A user message that is blank as a whole says so
 * instead, because something must stand for the turn that it began.
 */
export function omitBlanks(message: SentMessage, rules: PromptRules | undefined): SentMessage {
  if (message.role === 'user') return { ...message, content: spoken(message.content) };
  if (message.role === 'tool') return message;
  return { ...message, content: message.content.filter((part) => says(part, rules)) };
}

/** One text, because not every server takes a list of them. */
function spoken(content: readonly TextPart[]): TextPart[] {
  const visible = content.filter(({ text }) => !isBlank(text));
  if (visible.length === 1) return visible;
  return [{ type: 'text', text: visible.map(({ text }) => text).join('\n\n') || EMPTY }];
}

const EMPTY = '(The message was empty.)';

/** Blank reasoning may be all that a provider shows of a block that it has signed; reasoning.ts asks for the proof. */
function says(part: AssistantPart, rules: PromptRules | undefined): boolean {
  if (part.type === 'tool-call' || part.type === 'tool-result' || !isBlank(part.text)) return true;
  if (part.type === 'reasoning' && rules?.proof) return true;
  if (!rules?.signsBlanks) return false;
  return Object.values(part.providerOptions ?? {}).some((data) => 'thoughtSignature' in data);
}
