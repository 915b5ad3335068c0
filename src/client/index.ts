/**
 * `midturn/client`: talks to a daemon from browsers, Node, Deno and Bun, and folds what a session streams into a
 * conversation that can be shown. `midturn/client/node` adds the unix socket.
 */

export { MidturnError } from '../errors/errors.ts';
export {
  ApiError,
  ConnectionLostError,
  DaemonNotRunningError,
} from '../errors/http.ts';
export { isRetryable } from './away.ts';
export { type Client, createClientOver } from './client.ts';
export { dropOldEntries, type EntryChange, listChanges } from './conversation/changes.ts';
export {
  type Conversation,
  createConversation,
  listOpenQuestions,
} from './conversation/conversation.ts';
export type * from './conversation/entries.ts';
export { evolveConversation } from './conversation/evolve.ts';
export type { ConversationItem, FollowedItem, LocalItem } from './conversation/item.ts';
export { joinConversation } from './conversation/join.ts';
export { isSettled } from './conversation/messages.ts';
export { evolveSteps, type StepRun } from './conversation/steps.ts';
export { createClient, createFetchTransport, type DaemonAddress } from './fetch.ts';
export { followThroughOutages } from './follow-patiently.ts';
export { readLastMessages, type TranscriptEntry } from './history.ts';
export { RetryQueue, type RetryQueueEvents } from './retry-queue.ts';
export type { Transport, TransportRequest, TransportResponse } from './transport.ts';
