import type { LanguageModelV4Message, LanguageModelV4Prompt } from '@ai-sdk/provider';
import type { AssistantPart, Message, ToolResultPart } from '../core/message.ts';

/**
 * What is sent for a conversation. No casts here on purpose: this compiles only as long as our stored messages
 * fit the provider interface.
 */
export function toPrompt(instructions: string, history: readonly Message[]): LanguageModelV4Prompt {
  const prompt: LanguageModelV4Prompt = [];
  if (instructions !== '') prompt.push({ role: 'system', content: instructions });
  for (const message of history) {
    // Providers refuse messages without content, and would refuse the conversation for ever.
    if (message.content.length > 0) prompt.push(remembered(message));
  }
  return prompt;
}

/** Messages never change, and each is sent with every later call of its session. */
const SENT = new WeakMap<Message, LanguageModelV4Message>();

function remembered(message: Message): LanguageModelV4Message {
  const known = SENT.get(message);
  if (known) return known;
  const made = sent(message);
  SENT.set(message, made);
  return made;
}

function sent(message: Message): LanguageModelV4Message {
  switch (message.role) {
    case 'system':
      // Some providers take system messages only at the beginning.
      return { role: 'user', content: [{ type: 'text', text: message.content }] };
    case 'user':
      return message;
    case 'assistant':
      return { role: 'assistant', content: message.content.map(sentPart) };
    case 'tool':
      return { role: 'tool', content: message.content.map(named) };
  }
}

function sentPart(part: AssistantPart): AssistantPart {
  if (part.type === 'tool-result') return named(part);
  if (part.type !== 'tool-call') return part;
  const { invalid: _, ...call } = part;
  return named(call);
}

/**
 * A model can call a tool by a name that its own API refuses when it comes back ("functions.shell", ""), which
 * would fail every later call of the session.
 */
function named<P extends ToolResultPart | Extract<AssistantPart, { type: 'tool-call' }>>(part: P): P {
  if (/^[\w-]{1,64}$/.test(part.toolName)) return part;
  return { ...part, toolName: part.toolName.replace(/[^\w-]/g, '_').slice(0, 64) || 'unnamed' };
}
