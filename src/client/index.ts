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
export type { ApprovalBody, DecisionBody, GrantPage } from '../protocol/approvals.ts';
export type { RequestAccepted, Status } from '../protocol/daemon.ts';
export type { FeedPage, WireDelta, WireEvent } from '../protocol/events.ts';
export type { HandoverBody } from '../protocol/handovers.ts';
export type { ContentBody, FieldBody, InquiryBody } from '../protocol/inquiries.ts';
export type { AnswerBody, CancelBody, NewMessageBody, ReceiptBody } from '../protocol/messages.ts';
export type { EffectPage, SessionBody, SessionPage } from '../protocol/sessions.ts';
export type { ReminderBody, ScheduleBody } from '../protocol/time.ts';
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
export type { ShownFile } from './conversation/files.ts';
export type { ConversationItem, FollowedItem, LocalItem } from './conversation/item.ts';
export { joinConversation } from './conversation/join.ts';
export { isSettled } from './conversation/messages.ts';
export { evolveSteps, type StepRun } from './conversation/steps.ts';
export { createClient, createFetchTransport, type DaemonAddress } from './fetch.ts';
export { followFeedThroughOutages, followThroughOutages } from './follow-patiently.ts';
export { readLastMessages, type TranscriptEntry } from './history.ts';
export type { FeedSelection, FileUpload, ListQuery, PageQuery } from './queries.ts';
export { RetryQueue, type RetryQueueEvents } from './retry-queue.ts';
export type { FeedItem } from './transport/follow.ts';
export type { Transport, TransportRequest, TransportResponse } from './transport/transport.ts';
