import type { Conversation } from './conversation.ts';
import type { ConversationEntry } from './entries.ts';
import { isSettled } from './messages.ts';

/** An entry that was added, or whose state has changed; `before` is absent for an added one. */
export interface EntryChange<E extends ConversationEntry = ConversationEntry> {
  before?: E;
  after: E;
}

/** Lists what one or more folded items have changed, in the order of the entries. */
export function listChanges(before: Conversation, after: Conversation): EntryChange[] {
  return after.entries.flatMap((entry, index) => {
    const known = before.entries[index];
    if (known === entry) return [];
    return [known === undefined ? { after: entry } : { before: known, after: entry }];
  });
}

/**
 * Drops all but the last `count` entries, so that a client that only shows what comes can run without an end. Entries
 * that still may change are kept: messages and calls without an outcome, running answers and open questions.
 */
export function dropOldEntries(view: Conversation, count: number): Conversation {
  if (view.entries.length <= count * 2) return view;
  const first = view.entries.length - count;
  return { ...view, entries: view.entries.filter((entry, index) => index >= first || isOpen(entry)) };
}

function isOpen(entry: ConversationEntry): boolean {
  switch (entry.kind) {
    case 'message':
      return !isSettled(entry);
    case 'answer':
      return entry.state === 'running';
    case 'call':
      return entry.endedAt === null;
    case 'question':
      return entry.state === 'open';
    default:
      return false;
  }
}
