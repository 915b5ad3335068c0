import { ApiError, ConnectionLostError } from '../errors/http.ts';
import {
  type ApprovalBody,
  type ApprovalPage,
  type ApprovalQueryBody,
  approval,
  approvalPage,
  type DecidedBody,
  type DecisionBody,
  decisionReceipt,
  type GrantPage,
  grantPage,
  type RevokeBody,
  type RevokedBody,
  revoked,
} from '../protocol/approvals.ts';
import type { ConfigApi } from '../protocol/config-api.ts';
import { type StoredFileBody, storedFile } from '../protocol/content.ts';
import { daemonStatus, type RequestAccepted, requestAccepted, type Status } from '../protocol/daemon.ts';
import { type EventPage, eventPage, type FeedPage, feedPage } from '../protocol/events.ts';
import {
  type HandoverBody,
  type HandoverPage,
  handoverListPage,
  handoverReport,
} from '../protocol/handovers.ts';
import {
  type McpLoginBody,
  type McpLoginDone,
  type McpServersBody,
  mcpLogin,
  mcpLoginDone,
  mcpServerList,
} from '../protocol/mcp.ts';
import {
  type AnswerBody,
  answer,
  type CancelBody,
  type NewMessageBody,
  type ReceiptBody,
  receipt,
  type TranscriptPage,
  transcriptPage,
} from '../protocol/messages.ts';
import {
  type EffectPage,
  effectPage,
  type ReleaseBody,
  type SessionBody,
  type SessionPage,
  sessionPage,
  sessionView,
} from '../protocol/sessions.ts';
import {
  type ReminderBody,
  type ReminderPage,
  reminder,
  reminderPage,
  type ScheduleBody,
  type ScheduleListBody,
  schedule,
  scheduleList,
} from '../protocol/time.ts';
import { type UsageQueryBody, type UsageReportBody, usageReport } from '../protocol/usage/usage.ts';
import { createConfigClient } from './config.ts';
import type { FollowedItem } from './conversation/item.ts';
import type { FeedSelection, FileUpload, ListQuery, PageQuery, ReminderListQuery } from './queries.ts';
import { downloadFile, exportText } from './transport/downloads.ts';
import { type FeedItem, followEvents, followFeedEvents } from './transport/follow.ts';
import { mcpPath, queryOf, schedulePath, segmentOf, sessionPathOf } from './transport/paths.ts';
import { pauseFor } from './transport/pause.ts';
import { callJson, newInputId, openResponse, readText, type Transport } from './transport/transport.ts';

export interface Client {
  /** Sends any request. Like all methods, rejects with DaemonNotRunningError, ConnectionLostError or ApiError. */
  sendRequest(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Sends a message; repeats it after a broken connection or a refused write, which the id makes harmless. */
  sendMessage(session: string, message: NewMessageBody): Promise<ReceiptBody>;
  /** Sends a message and waits up to `seconds` for the outcome; otherwise resolves with only the receipt. */
  sendAndWait(session: string, message: NewMessageBody, seconds: number): Promise<AnswerBody | ReceiptBody>;
  /** Stores a file, for messages to refer to. Repeats a broken upload; what it left behind is removed after a day. */
  uploadFile(file: FileUpload): Promise<StoredFileBody>;
  /** Yields the bytes of a file of a session. */
  downloadFile(session: string, blob: string): AsyncIterable<Uint8Array>;
  cancelInputs(session: string, by?: CancelBody): Promise<ReceiptBody>;
  releaseSession(session: string, from?: string): Promise<ReceiptBody>;
  listApprovals(query?: ApprovalQueryBody): Promise<ApprovalPage>;
  getApproval(id: string): Promise<ApprovalBody>;
  /** Decides an approval. Never repeated, so "already decided" always means that another client decided. */
  decideApproval(session: string, id: string, decision: DecisionBody): Promise<DecidedBody>;
  listGrants(): Promise<GrantPage>;
  revokeGrant(grant: RevokeBody): Promise<RevokedBody>;
  listSessions(query?: ListQuery): Promise<SessionPage>;
  getSession(session: string): Promise<SessionBody>;
  /** Reports what model calls used and cost, by model if nothing else is given. */
  reportUsage(query?: UsageQueryBody): Promise<UsageReportBody>;
  readTranscript(session: string, page?: PageQuery): Promise<TranscriptPage>;
  readEffects(session: string, page?: PageQuery): Promise<EffectPage>;
  readEvents(session: string, page?: PageQuery): Promise<EventPage>;
  /** Yields the export in pieces of text; with `lines` as JSON lines. */
  exportSession(session: string, lines?: boolean): AsyncIterable<string>;
  /** Yields every event after `after`, once and in order, across restarts; ends when the signal aborts. */
  followSession(session: string, after: number, signal: AbortSignal): AsyncIterable<FollowedItem>;
  /** Reads events of all sessions that the caller may read, in the order in which they were stored. */
  readFeed(query?: FeedSelection): Promise<FeedPage>;
  /** Yields every event of all sessions after `query.after`; otherwise as `followSession`. */
  followFeed(query: FeedSelection, signal: AbortSignal): AsyncIterable<FeedItem>;
  listSchedules(): Promise<ScheduleListBody>;
  pauseSchedule(name: string, paused: boolean): Promise<ScheduleBody>;
  /** Runs a schedule now; repeats when the connection breaks, which the id makes harmless. */
  runSchedule(name: string, id?: string): Promise<ReceiptBody>;
  listReminders(query?: ReminderListQuery): Promise<ReminderPage>;
  removeReminder(id: string): Promise<ReminderBody>;
  listMcpServers(): Promise<McpServersBody>;
  beginMcpLogin(server: string): Promise<McpLoginBody>;
  /** Completes a login by hand. Never repeated, because the authorization server answers only once. */
  finishMcpLogin(address: string): Promise<McpLoginDone>;
  endMcpLogin(server: string): Promise<McpLoginDone>;
  /** Reads the metrics in the text format of Prometheus. */
  readMetrics(): Promise<string>;
  getStatus(): Promise<Status>;
  restart(reason?: string): Promise<RequestAccepted>;
  stop(reason?: string): Promise<RequestAccepted>;
  /** Lists handovers, newest first. */
  listHandovers(query?: { after?: string; limit?: number }): Promise<HandoverPage>;
  getHandover(id: string): Promise<HandoverBody>;
  config: ConfigApi;
}

/** Milliseconds without an answer to a configuration change, which the daemon checks and applies first. */
const CHANGE_SILENCE = 90_000;
/** The same for logins, where the daemon first asks other servers over the network. */
const LOGIN_SILENCE = 90_000;

/** Milliseconds; a remaining wait shorter than this is not worth another request. */
const MIN_WAIT = 500;
/** Pauses in milliseconds before each repetition of a repeatable request. */
const PAUSES = [100, 300, 1000];

/** Creates a client over a transport. It connects with the first request, and nothing has to be closed. */
export function createClientOver(transport: Transport): Client {
  const call = (method: string, path: string, body?: unknown) =>
    retryRequest(() => callJson(transport, { method, path, body }), method === 'GET' ? PAUSES : []);
  const get = (path: string) => call('GET', path);
  const post = (path: string, body: unknown, headers = {}, silence?: number) =>
    callJson(transport, {
      method: 'POST',
      path,
      body,
      headers,
      ...(silence === undefined ? {} : { silence }),
    });
  return {
    sendRequest: call,
    async sendMessage(session, message) {
      const body = withId(message);
      return receipt.parse(await retryRequest(() => post(sessionPathOf(session, 'messages'), body), PAUSES));
    },
    async sendAndWait(session, message, seconds) {
      const body = withId(message);
      const deadline = performance.now() + seconds * 1000;
      for (let left = seconds; ; left = Math.ceil((deadline - performance.now()) / 1000)) {
        const wait = { prefer: `wait=${left}` };
        const silence = (left + 30) * 1000;
        const sent = await retryRequest(
          () => post(sessionPathOf(session, 'messages'), body, wait, silence),
          PAUSES,
        );
        const answered = answer.safeParse(sent);
        if (answered.success) return answered.data;
        // A leaving generation ends the wait, not the work; the next generation is asked again.
        if (deadline - performance.now() < MIN_WAIT) return receipt.parse(sent);
      }
    },
    async uploadFile({ data, name, mediaType = 'application/octet-stream' }) {
      const headers = { 'content-type': mediaType };
      const upload = {
        method: 'POST',
        path: `/v1/blobs${queryOf({ name })}`,
        bytes: new Uint8Array(data),
        headers,
      };
      return storedFile.parse(await retryRequest(() => callJson(transport, upload), PAUSES));
    },
    downloadFile: (session, blob) => downloadFile(transport, session, blob),
    async cancelInputs(session, by = {}) {
      const body = withId(by);
      return receipt.parse(await retryRequest(() => post(sessionPathOf(session, 'cancel'), body), PAUSES));
    },
    async releaseSession(session, from) {
      const body = withId<ReleaseBody>(from === undefined ? {} : { from });
      return receipt.parse(await retryRequest(() => post(sessionPathOf(session, 'release'), body), PAUSES));
    },
    listApprovals: async (query = {}) => approvalPage.parse(await get(`/v1/approvals${queryOf(query)}`)),
    getApproval: async (id) => approval.parse(await get(`/v1/approvals/${segmentOf(id, 'an approval')}`)),
    decideApproval: async (session, id, decision) =>
      decisionReceipt.parse(
        await post(sessionPathOf(session, `approvals/${segmentOf(id, 'an approval')}`), decision),
      ),
    listGrants: async () => grantPage.parse(await get('/v1/grants')),
    revokeGrant: async (grant) => revoked.parse(await call('DELETE', '/v1/grants', grant)),
    listSessions: async (query = {}) => sessionPage.parse(await get(`/v1/sessions${queryOf(query)}`)),
    reportUsage: async (query = {}) => usageReport.parse(await get(`/v1/usage${queryOf(query)}`)),
    getSession: async (session) => sessionView.parse(await get(sessionPathOf(session))),
    readTranscript: async (session, page = {}) =>
      transcriptPage.parse(await get(sessionPathOf(session, 'messages') + queryOf(page))),
    readEffects: async (session, page = {}) =>
      effectPage.parse(await get(sessionPathOf(session, 'effects') + queryOf(page))),
    readEvents: async (session, page = {}) =>
      eventPage.parse(await get(sessionPathOf(session, 'events') + queryOf(page))),
    exportSession: (session, lines = false) => exportText(transport, session, lines),
    followSession: (session, after, signal) =>
      followEvents(transport, sessionPathOf(session, 'events'), after, signal),
    readFeed: async ({ types, ...query } = {}) =>
      feedPage.parse(await get(`/v1/events${queryOf({ ...query, type: types?.join() })}`)),
    followFeed: ({ types, after = 0, prefix }, signal) =>
      followFeedEvents(transport, `/v1/events${queryOf({ prefix, type: types?.join() })}`, after, signal),
    listSchedules: async () => scheduleList.parse(await get('/v1/schedules')),
    async pauseSchedule(name, paused) {
      const path = schedulePath(name, paused ? 'pause' : 'resume');
      return schedule.parse(await retryRequest(() => post(path, {}), PAUSES));
    },
    async runSchedule(name, id) {
      const body = withId({ id });
      return receipt.parse(await retryRequest(() => post(schedulePath(name, 'run'), body), PAUSES));
    },
    listReminders: async (query = {}) => reminderPage.parse(await get(`/v1/reminders${queryOf(query)}`)),
    removeReminder: async (id) =>
      reminder.parse(await call('DELETE', `/v1/reminders/${segmentOf(id, 'a reminder')}`)),
    listMcpServers: async () => mcpServerList.parse(await get('/v1/mcp')),
    beginMcpLogin: async (server) => mcpLogin.parse(await post(mcpPath(server), {}, {}, LOGIN_SILENCE)),
    finishMcpLogin: async (address) => {
      const path = '/v1/mcp/login';
      const body = { address };
      return mcpLoginDone.parse(
        await callJson(transport, { method: 'PUT', path, body, silence: LOGIN_SILENCE }),
      );
    },
    endMcpLogin: async (server) => mcpLoginDone.parse(await call('DELETE', mcpPath(server))),
    readMetrics: async () =>
      readText(
        await openResponse(transport, { method: 'GET', path: '/metrics', headers: { accept: 'text/plain' } }),
      ),
    getStatus: async () => daemonStatus.parse(await get('/v1/status')),
    restart: async (reason) => requestAccepted.parse(await post('/v1/restart', reason ? { reason } : {})),
    stop: async (reason) => requestAccepted.parse(await post('/v1/stop', reason ? { reason } : {})),
    listHandovers: async (query = {}) => handoverListPage.parse(await get(`/v1/handovers${queryOf(query)}`)),
    getHandover: async (id) =>
      handoverReport.parse(await get(`/v1/handovers/${segmentOf(id, 'a handover')}`)),
    config: createConfigClient((method, path, body, headers = {}) =>
      retryRequest(
        () => callJson(transport, { method, path, body, headers, silence: CHANGE_SILENCE }),
        method === 'GET' ? PAUSES : [],
      ),
    ),
  };
}

function withId<T extends { id?: string | undefined }>(body: T): T & { id: string } {
  return { ...body, id: body.id ?? newInputId() };
}

/** Runs a request; repeats it after a broken connection or a refused write. Other errors are final. */
async function retryRequest<T>(attempt: () => Promise<T>, pauses: readonly number[]): Promise<T> {
  for (const ms of pauses) {
    try {
      return await attempt();
    } catch (error) {
      if (!mayBeRepeated(error)) throw error;
      await pauseFor(ms);
    }
  }
  return attempt();
}

/** Checks whether the outcome is unknown or may change soon; the id makes a repetition harmless. */
function mayBeRepeated(error: unknown): boolean {
  if (error instanceof ConnectionLostError) return true;
  return error instanceof ApiError && error.code === 'journal_unavailable';
}
