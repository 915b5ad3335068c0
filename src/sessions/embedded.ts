import { randomUUID } from 'node:crypto';
import { fold } from '../core/evolve.ts';
import type { Budget } from '../core/model/budget.ts';
import type { Input, Recorded } from '../core/model/events.ts';
import { internalId } from '../core/model/internal-id.ts';
import { textOf } from '../core/model/message.ts';
import { type SessionState, waitsFor } from '../core/model/state.ts';
import { ApprovalClosedError, ApprovalNotFoundError, NotAnApproverError } from '../errors/approvals.ts';
import { DamagedSessionError, SessionNotFoundError } from '../errors/errors.ts';
import { OperatorOnlyError } from '../errors/http.ts';
import {
  AgentMismatchError,
  MessageTooLargeError,
  SessionQuarantinedError,
  UnknownAgentError,
} from '../errors/sessions.ts';
import type { ApprovalRow } from '../journal/approvals.ts';
import type { DamagedRecord, Journal, Receipt, SessionRow } from '../journal/journal.ts';
import type { LiveText } from '../runner/port/live-text.ts';
import { agentsAbove } from '../runner/session/lineage.ts';
import { checkedDecision } from './answer.ts';
import { readEffects } from './effects.ts';
import { type FollowPorts, follow } from './follow.ts';
import type {
  Decided,
  Decision,
  InputOutcome,
  NewMessage,
  Sessions,
  SessionView,
  TurnUse,
} from './sessions.ts';
import { SharedReads } from './shared-reads.ts';
import { findStoreFault } from './store-fault.ts';
import { readTranscript } from './transcript.ts';
import { listWaiting } from './waiting.ts';

/**
 * Dependencies of the embedded engine: the journal, live text, the runner's notification, the clock and the
 * configuration.
 */
export interface EmbeddedPorts {
  journal: Journal;
  liveText: LiveText;
  /** Notifies the runner of a new input of the session; must not throw. */
  poke(session: string): void;
  now(): number;
  /** Replaces the configured secrets in a text by a mask. */
  redact(text: string): string;
  agents(): AgentDirectory;
}

/** Most open questions that the view of one session lists. */
const MOST_QUESTIONS = 100;

export interface AgentDirectory {
  names: readonly string[];
  default: string;
  /** Longest text of a message, in bytes. */
  messageLimit: number;
  /** Approvers of an agent's calls; `undefined` when every client may decide. */
  approvers(agent: string): readonly string[] | undefined;
  /** Whether only the agent's own rules apply to work delegated by another agent. */
  hasOwnRules(agent: string): boolean;
}

/** Creates the sessions interface on the embedded journal and runner of this home. */
export function embeddedSessions(ports: EmbeddedPorts): Sessions {
  const { journal } = ports;
  const reads = new SharedReads(journal);
  const deliver = async (session: string, agent: string, input: Input): Promise<Receipt> => {
    try {
      return await journal.deliver({ session, agent, input, at: ports.now() });
    } finally {
      // Also after a decision that came too late, because the expiry of its question is due.
      ports.poke(session);
    }
  };
  return {
    store: journal.store,
    async send(session, message) {
      const row = await journal.session(session);
      checkMessage(ports.agents(), session, row, message);
      const agent = message.agent ?? ports.agents().default;
      const { text, id = randomUUID(), mode = 'steer', from, deadline } = message;
      return deliver(session, agent, {
        kind: 'message',
        id,
        text,
        mode,
        ...(from === undefined ? {} : { from }),
        ...(deadline === undefined ? {} : { deadline }),
      });
    },
    async cancel(session, { id = randomUUID(), from, reason }) {
      const row = await existing(journal, session);
      const why = { ...(from === undefined ? {} : { from }), ...(reason === undefined ? {} : { reason }) };
      return deliver(session, row.agent, { kind: 'cancel', id, ...why });
    },
    decide: (session, approval, decision) => decide(ports, deliver, session, approval, decision),
    approvals: (query) => journal.approvals(query),
    async approval(id) {
      const row = await journal.approval(id);
      if (!row) throw new ApprovalNotFoundError(id);
      return row;
    },
    grants: () => journal.grants(),
    revoke: (grant) => journal.revoke(grant),
    outcome: (session, input, after, signal) => outcomeOf({ ...ports, reads }, session, input, after, signal),
    async release(session, { id = randomUUID(), from }) {
      const row = await existing(journal, session);
      if (row.damaged !== null) await journal.markDamaged(session, null);
      return deliver(session, row.agent, { kind: 'release', id, ...(from === undefined ? {} : { from }) });
    },
    show: (session) => show(journal, session),
    list: (query) => journal.sessions(query),
    listRecent: (query) => journal.recentSessions(query),
    counts: () => journal.counts(),
    findStoreFault: findStoreFault(journal),
    listWaiting: (limit) => listWaiting(journal, limit),
    async transcript(session, after, limit) {
      await existing(journal, session);
      return readTranscript(journal, session, after, limit);
    },
    async effects(session, after, limit) {
      await existing(journal, session);
      return readEffects(journal, session, after, limit, ports.redact);
    },
    async events(session, after, limit) {
      await existing(journal, session);
      return journal.events(session, after, limit);
    },
    follow: (session, after, signal) => follow({ ...ports, reads }, session, after, signal),
  };
}

/**
 * Stores a decision about a question. All decisions about it share one input id, so the first one stored
 * decides. The journal stores it only while the question is open, in one transaction, so an accepted decision
 * is never overtaken by the expiry. Rejects as `Sessions` documents.
 */
async function decide(
  { journal, agents }: EmbeddedPorts,
  deliver: (session: string, agent: string, input: Input) => Promise<Receipt>,
  session: string,
  approval: string,
  { person = false, ...given }: Decision,
): Promise<Decided> {
  const row = await journal.approval(approval);
  if (row?.session !== session) throw new ApprovalNotFoundError(approval, session);
  if (row.state !== 'pending') throw new ApprovalClosedError(row);
  const approvers = await approversOf(journal, agents(), row);
  if (approvers && !approvers.includes(given.from ?? '')) throw new NotAnApproverError(given.from, approvers);
  if (!approvers && person && row.inquiry?.operator) throw new OperatorOnlyError(given.from ?? '');
  const { decision, ...more } = checkedDecision(row, given);
  const id = internalId(`decision-${approval}`);
  const receipt = await deliver(session, row.agent, { kind: 'approval', id, approval, decision, ...more });
  if (receipt.duplicate) throw new ApprovalClosedError((await journal.approval(approval)) ?? row);
  return { session, approval, decision, seq: receipt.seq };
}

/**
 * Returns the approvers of the session's agent; without any, those of the nearest agent above whose rules
 * apply. `undefined` when every client may decide.
 */
async function approversOf(
  journal: Journal,
  directory: AgentDirectory,
  { session, agent }: ApprovalRow,
): Promise<readonly string[] | undefined> {
  const { approvers, hasOwnRules } = directory;
  const names = [agent, ...(await agentsAbove(journal, session))];
  const last = names.findIndex(hasOwnRules);
  const counting = last < 0 ? names : names.slice(0, last + 1);
  return counting.map(approvers).find((each) => each !== undefined);
}

async function existing(journal: Journal, session: string): Promise<SessionRow> {
  const row = await journal.session(session);
  if (!row) throw new SessionNotFoundError(session);
  return row;
}

function checkMessage(
  agents: AgentDirectory,
  session: string,
  row: SessionRow | undefined,
  message: NewMessage,
): void {
  const bytes = Buffer.byteLength(message.text);
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

async function outcomeOf(
  ports: FollowPorts,
  session: string,
  input: string,
  after: number,
  signal: AbortSignal,
): Promise<InputOutcome | undefined> {
  let text = '';
  for await (const followed of follow(ports, session, after, signal, { text: false })) {
    if (followed.kind !== 'event') continue;
    const { event } = followed;
    if (event.type === 'turn_started') text = '';
    if (event.type === 'model_call_finished')
      text = textOf({ role: 'assistant', content: event.content }) || text;
    const end = endOf(event, input);
    if (end) return { ...end, text: end.outcome === 'answered' ? text : '' };
  }
  return undefined;
}

/** Returns the outcome that the event gives to the input; `undefined` when it gives none. */
function endOf(event: Recorded | DamagedRecord, input: string): Omit<InputOutcome, 'text'> | undefined {
  if (event.type !== 'turn_finished' && event.type !== 'input_closed') return undefined;
  if (!event.inputs.includes(input)) return undefined;
  const { outcome, reason } = event;
  return reason === undefined ? { outcome } : { outcome, reason };
}

async function show(journal: Journal, session: string): Promise<SessionView> {
  const row = await existing(journal, session);
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
  const { snapshot, events } = await journal.load(session);
  const state = fold(events, snapshot);
  const { turn, pending, last, quarantine, steps } = state;
  return {
    ...row,
    turn: turn && {
      number: turn.number,
      startedAt: turn.startedAt,
      inputs: turn.inputs,
      steps,
      retryAt: turn.retryAt,
      used: useOf(turn.budget),
    },
    waitsFor: turn && waitsFor(turn),
    approvals: await openQuestions(journal, session, state),
    pending: pending.map((message) => ({ kind: 'message', ...message })),
    last,
    quarantine,
  };
}

/** Lists the open questions of the session and of the sessions that work for it, newest first. */
async function openQuestions(
  journal: Journal,
  session: string,
  { questions, turn }: SessionState,
): Promise<ApprovalRow[]> {
  const own = await journal.approvals({ session, state: 'pending', limit: MOST_QUESTIONS });
  const asked = questions.filter(({ call }) =>
    turn?.tools.some((tool) => tool.call === call && tool.phase === 'started'),
  );
  const below = await Promise.all(asked.map(({ approval }) => journal.approval(approval)));
  const open = below.flatMap((row) => (row?.state === 'pending' ? [row] : []));
  return [...own, ...open].sort((a, b) => b.requestedAt - a.requestedAt);
}

function useOf({ modelCalls, toolCalls, tokens, worked, repeats }: Budget): TurnUse {
  return { modelCalls, toolCalls, tokens, time: worked, repeats };
}
