import { type Conversation, createConversation } from '../client/conversation/conversation.ts';
import type { CallEntry } from '../client/conversation/entries.ts';
import { evolveConversation } from '../client/conversation/evolve.ts';
import type { FollowedItem } from '../client/conversation/item.ts';
import { evolveSteps, type StepRun } from '../client/conversation/steps.ts';
import type { WireEvent } from '../protocol/events.ts';

/** A session as the demo reads it: what a user sees of it, and which generation ran which step. */
export interface ReadSession {
  conversation: Conversation;
  steps: readonly StepRun[];
}

export const UNREAD_SESSION: ReadSession = { conversation: createConversation('demo'), steps: [] };

/** Reads a session from its events. */
export function readSession(journal: readonly WireEvent[]): ReadSession {
  return journal.reduce((seen, event) => readItem(seen, { kind: 'event', event }), UNREAD_SESSION);
}

/** Adds what a follower got. */
export function readItem({ conversation, steps }: ReadSession, item: FollowedItem): ReadSession {
  return {
    conversation: evolveConversation(conversation, item),
    steps: item.kind === 'event' ? evolveSteps(steps, item.event) : steps,
  };
}

export function listCalls({ conversation }: ReadSession): CallEntry[] {
  return conversation.entries.filter((entry) => entry.kind === 'call');
}
