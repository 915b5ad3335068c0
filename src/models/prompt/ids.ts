import { hash } from 'node:crypto';
import type { PromptMessage } from './parts.ts';
import type { PromptRules } from './rules.ts';

/**
 * Assigns every tool call an id that the provider accepts and that no other call of the history has. An id depends
 * only on the messages up to it, so that the beginning of a prompt stays the same and provider caches keep working.
 * Expects paired calls (pairs.ts): results follow their calls, in the same order.
 */
export function assignCallIds(messages: readonly PromptMessage[], { callIds }: PromptRules): PromptMessage[] {
  const used = new Set<string>();
  let ids: string[] = [];
  return messages.map((message) => {
    if (message.role === 'user') return message;
    if (message.role === 'tool') {
      const results = message.content.map((part, at) => ({
        ...part,
        toolCallId: ids[at] ?? part.toolCallId,
      }));
      return { ...message, content: results };
    }
    const taken: string[] = [];
    const content = message.content.map((part) => {
      if (part.type !== 'tool-call') return part;
      const toolCallId = findFreeId(part.toolCallId, used, callIds);
      taken.push(toolCallId);
      return { ...part, toolCallId };
    });
    ids = taken;
    return taken.length === 0 ? message : { ...message, content };
  });
}

function findFreeId(id: string, used: Set<string>, { accepted, length }: PromptRules['callIds']): string {
  let free = id;
  for (let nth = 1; !accepted.test(free) || used.has(free); nth += 1)
    free = shortHash(`${id}\n${nth}`, length);
  used.add(free);
  return free;
}

function shortHash(text: string, length: number): string {
  return hash('sha256', text, 'base64')
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .slice(0, length);
}
