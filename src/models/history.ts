import type { LanguageModelV4Message, LanguageModelV4Prompt } from '@ai-sdk/provider';
import type { AssistantPart, Message, ToolResultPart } from '../core/message.ts';

/**
 * What is sent for a conversation. No casts here on purpose: this compiles only as long as our stored messages
 * fit the provider interface. Messages never change and a history only grows between two calls, so what was
 * converted for the last call of a session is kept by its first message and continued.
 */
export function toPrompt(instructions: string, history: readonly Message[]): LanguageModelV4Prompt {
  const [first] = history;
  const known = first && CONVERTED.get(first);
  const converted = known && continues(known, history) ? known : { messages: [], count: 0, last: undefined };
  for (const message of history.slice(converted.count)) {
    // Providers refuse messages without content, and would refuse the conversation for ever.
    if (message.content.length > 0) converted.messages.push(sent(message));
  }
  converted.count = history.length;
  converted.last = history.at(-1);
  if (first) CONVERTED.set(first, converted);
  const system: LanguageModelV4Prompt =
    instructions === '' ? [] : [{ role: 'system', content: instructions }];
  return system.concat(converted.messages);
}

interface Converted {
  messages: LanguageModelV4Message[];
  /** How many messages of the history are in it, and the last of them. */
  count: number;
  last: Message | undefined;
}

const CONVERTED = new WeakMap<Message, Converted>();

function continues({ count, last }: Converted, history: readonly Message[]): boolean {
  return history.length >= count && history[count - 1] === last;
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
