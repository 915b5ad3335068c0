import { randomUUID } from 'node:crypto';
import { foldEvents } from '../core/evolve.ts';
import type { TurnUsage } from '../core/model/budget.ts';
import type { Input } from '../core/model/events.ts';
import { createInternalId } from '../core/model/internal-id.ts';
import { getWaitReason, type SessionState } from '../core/model/state.ts';
import { listAncestorAgents } from '../engine/port/lineage.ts';
import type { LiveStream } from '../engine/port/live-stream.ts';
import { OperatorOnlyError } from '../errors/access.ts';
import { ApprovalClosedError, ApprovalNotFoundError, NotAnApproverError } from '../errors/approvals.ts';
import { DamagedSessionError, SessionNotFoundError } from '../errors/errors.ts';
import {
  AgentMismatchError,
  MessageTooLargeError,
  SessionQuarantinedError,
  UnknownAgentError,
} from '../errors/sessions.ts';
import type { ApprovalRow, Approvals } from '../journal/approvals.ts';
import type { Blobs } from '../journal/blobs.ts';
import type { Catalog, SessionRow } from '../journal/catalog.ts';
import type { EventLog } from '../journal/event-log.ts';
import type { Inbox, InputReceipt } from '../journal/inbox.ts';
import type { JournalStore } from '../journal/store.ts';
import { storeFile } from '../journal/store-file.ts';
import type { Usage } from '../journal/usage.ts';
import { checkDecision, findDecidedApproval, listDecidedApprovals } from './answer.ts';
import { openFile, resolveContent } from './attachments.ts';
import { readEffects } from './effects.ts';
import { followFeed, readFeedPage } from './feed.ts';
import { followSession } from './follow.ts';
import { waitForOutcome } from './outcome.ts';
import type { NewDecision, NewMessage, Sessions, SessionView, StoredDecision, TurnUse } from './sessions.ts';
import { SharedFeed } from './shared-feed.ts';
import { SharedReads } from './shared-reads.ts';
import { createStoreFaultCheck } from './store-fault.ts';
import { readTranscript } from './transcript.ts';
import { reportUsage } from './usage/usage.ts';
import { listWaiting } from './waiting.ts';

/**
 * Dependencies of the embedded engine: the journal, the live stream, the runner's notification, the clock and the
 * configuration.
 */
export interface EmbeddedPorts {
  journal: JournalStore & EventLog & Inbox & Catalog & Approvals & Blobs & Usage;
  liveStream: LiveStream;
  /** Notifies the runner of a new input of the session; must not throw. */
  notifySession(session: string): void;
  now(): number;
  /** Replaces the configured secrets in a text by a mask. */
  redact(text: string): string;
  agents(): AgentDirectory;
}

/** Most open questions that the view of one session lists. */
const MAX_LISTED_QUESTIONS = 100;

export interface AgentDirectory {
  names: readonly string[];
  default: string;
  /** Longest text of a message, in bytes. */
  messageLimit: number;
  /** Size of the largest file, in bytes. */
  attachmentLimit: number;
  /** Approvers of an agent's calls; `undefined` when every client may decide. */
  approvers(agent: string): readonly string[] | undefined;
  /** Whether only the agent's own rules apply to work delegated by another agent. */
  hasOwnRules(agent: string): boolean;
}

/** Creates the sessions interface on the embedded journal and runner of this home. */
export function createEmbeddedSessions(ports: EmbeddedPorts): Sessions {
  const { journal } = ports;
  const reads = new SharedReads(journal);
  const feed = new SharedFeed(journal);
  const deliver = async (session: string, agent: string, input: Input): Promise<InputReceipt> => {
    try {
      return await journal.deliver({ session, agent, input, at: ports.now() });
    } finally {
      // Also after a decision that came too late, because the expiry of its question is due.
      ports.notifySession(session);
    }
  };
  return {
    store: journal.store,
    async sendMessage(session, message) {
      const row = await journal.findSession(session);
      const directory = ports.agents();
      checkMessage(directory, session, row, message);
      const agent = message.agent ?? directory.default;
      const { id = randomUUID(), mode = 'steer', from, deadline } = message;
      const content = await resolveContent(journal, message, directory.attachmentLimit, ports.now());
      return deliver(session, agent, {
        kind: 'message',
        id,
        content,
        mode,
        ...(from === undefined ? {} : { from }),
        ...(deadline === undefined ? {} : { deadline }),
      });
    },
    storeFile: (file) => storeFile(journal, file, ports.agents().attachmentLimit, ports.now()),
    async openFile(session, blob) {
      await requireSession(journal, session);
      return openFile(journal, session, blob);
    },
    async cancelInputs(session, { id = randomUUID(), from, reason }) {
      const row = await requireSession(journal, session);
      const why = { ...(from === undefined ? {} : { from }), ...(reason === undefined ? {} : { reason }) };
      return deliver(session, row.agent, { kind: 'cancel', id, ...why });
    },
    decideApproval: (session, approval, decision) =>
      storeDecision(ports, deliver, session, approval, decision),
    listApprovals: (query) => listDecidedApprovals(journal, query),
    async getApproval(id) {
      const row = await findDecidedApproval(journal, id);
      if (!row) throw new ApprovalNotFoundError(id);
      return row;
    },
    listGrants: () => journal.listGrants(),
    revokeGrant: (grant) => journal.revokeGrant(grant),
    waitForOutcome: (session, input, after, signal) =>
      waitForOutcome({ ...ports, reads }, session, input, after, signal),
    async releaseSession(session, { id = randomUUID(), from }) {
      const row = await requireSession(journal, session);
      if (row.damaged !== null) await journal.markDamaged(session, null);
      return deliver(session, row.agent, { kind: 'release', id, ...(from === undefined ? {} : { from }) });
    },
    viewSession: (session) => buildSessionView(journal, session),
    list: (query) => journal.listSessions(query),
    listRecentSessions: (query) => journal.listRecentSessions(query),
    reportUsage: (request) => reportUsage(journal, request),
    countByStatus: () => journal.countSessions(),
    findStoreFault: createStoreFaultCheck(journal),
    listWaiting: (limit) => listWaiting(journal, limit),
    async readTranscript(session, after, limit) {
      await requireSession(journal, session);
      return readTranscript(journal, session, after, limit);
    },
    async readEffects(session, after, limit) {
      await requireSession(journal, session);
      return readEffects(journal, session, after, limit, ports.redact);
    },
    async readEvents(session, after, limit) {
      await requireSession(journal, session);
      return journal.readEvents(session, after, limit);
    },
    readFeed: (request) => readFeedPage(journal, request),
    findFeedEnd: () => journal.findFeedEnd(),
    followFeed: (request, signal) => followFeed({ feed, reads }, request, signal),
    followSession: (session, after, signal) => followSession({ ...ports, reads }, session, after, signal),
  };
}

/**
 * Stores a decision about a question. All decisions about it share one input id, so the first one stored
 * decides. The journal stores it only while the question is open, in one transaction, so an accepted decision
 * is never overtaken by the expiry. Rejects as `Sessions` documents.
 */
async function storeDecision(
  { journal, agents }: EmbeddedPorts,
  deliver: (session: string, agent: string, input: Input) => Promise<InputReceipt>,
  session: string,
  approval: string,
  { person = false, ...given }: NewDecision,
): Promise<StoredDecision> {
  const row = await journal.findApproval(approval);
  if (row?.session !== session) throw new ApprovalNotFoundError(approval, session);
  if (row.state !== 'pending') throw new ApprovalClosedError(row);
  const approvers = await findApprovers(journal, agents(), row);
  if (approvers && !approvers.includes(given.from ?? '')) throw new NotAnApproverError(given.from, approvers);
  if (!approvers && person && row.inquiry?.operator) throw new OperatorOnlyError(given.from ?? '');
  const { decision, ...more } = checkDecision(row, given);
  const id = createInternalId(`decision-${approval}`);
  const receipt = await deliver(session, row.agent, { kind: 'approval', id, approval, decision, ...more });
  if (receipt.duplicate) throw new ApprovalClosedError((await findDecidedApproval(journal, approval)) ?? row);
  return { session, approval, decision, seq: receipt.seq };
}

/**
 * Returns the approvers of the session's agent; without any, those of the nearest agent above whose rules
 * apply. `undefined` when every client may decide.
 */
async function findApprovers(
  journal: Catalog,
  directory: AgentDirectory,
  { session, agent }: ApprovalRow,
): Promise<readonly string[] | undefined> {
  const { approvers, hasOwnRules } = directory;
  const names = [agent, ...(await listAncestorAgents(journal, session))];
  const last = names.findIndex(hasOwnRules);
  const counting = last < 0 ? names : names.slice(0, last + 1);
  return counting.map(approvers).find((each) => each !== undefined);
}

async function requireSession(journal: Catalog, session: string): Promise<SessionRow> {
  const row = await journal.findSession(session);
  if (!row) throw new SessionNotFoundError(session);
  return row;
}

function measureText(message: NewMessage): number {
  if ('text' in message) return Buffer.byteLength(message.text);
  const texts = message.content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

function checkMessage(
  agents: AgentDirectory,
  session: string,
  row: SessionRow | undefined,
  message: NewMessage,
): void {
  const bytes = measureText(message);
  if (bytes > agents.messageLimit) throw new MessageTooLargeError(bytes, agents.messageLimit);
  if (message.agent !== undefined && !agents.names.includes(message.agent)) {
    throw new UnknownAgentError(message.agent, agents.names);
  }
  if (!row) return;
  if (row.damaged !== null) throw new DamagedSessionError(session, row.damaged);
  if (row.status === 'quarantined') throw new SessionQuarantinedError(session);
  if (message.agent !== undefined && message.agent !== row.agent) {
    throw new AgentMismatchError(session, row.agent, message.agent);
  }
}

async function buildSessionView(journal: EmbeddedPorts['journal'], session: string): Promise<SessionView> {
  const row = await requireSession(journal, session);
  if (row.damaged !== null) {
    return {
      ...row,
      turn: null,
      waitsFor: null,
      approvals: [],
      pending: [],
      last: null,
      quarantine: { reason: row.damaged, at: row.updatedAt },
    };
  }
  const { snapshot, events } = await journal.loadSession(session);
  const state = foldEvents(events, snapshot);
  const { turn, pending, last, quarantine, steps } = state;
  return {
    ...row,
    turn: turn && {
      number: turn.number,
      startedAt: turn.startedAt,
      inputs: turn.inputs,
      steps,
      retryAt: turn.retryAt,
      used: measureUse(turn.budget),
    },
    waitsFor: turn && getWaitReason(turn),
    approvals: await listOpenQuestions(journal, session, state),
    pending: pending.map((message) => ({ kind: 'message', ...message })),
    last,
    quarantine,
  };
}

/** Lists the open questions of the session and of the sessions that work for it, newest first. */
async function listOpenQuestions(
  journal: Approvals,
  session: string,
  { questions, turn }: SessionState,
): Promise<ApprovalRow[]> {
  const own = await journal.listApprovals({ session, state: 'pending', limit: MAX_LISTED_QUESTIONS });
  const asked = questions.filter(({ call }) =>
    turn?.tools.some((tool) => tool.call === call && tool.phase === 'started'),
  );
  const below = await Promise.all(asked.map(({ approval }) => journal.findApproval(approval)));
  const open = below.flatMap((row) => (row?.state === 'pending' ? [row] : []));
  return [...own, ...open].sort((a, b) => b.requestedAt - a.requestedAt);
}

function measureUse({ modelCalls, toolCalls, tokens, worked, repeats }: TurnUsage): TurnUse {
  return { modelCalls, toolCalls, tokens, time: worked, repeats };
}
