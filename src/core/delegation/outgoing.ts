import type { Input, Outcome, RecordedEvent, ReplyTo } from '../model/events.ts';
import { createInternalId } from '../model/internal-id.ts';
import { type Content, createTextContent } from '../model/message.ts';
import type { DelegatedTask } from '../model/next-action.ts';
import type { PendingMessage, SessionState, Turn } from '../model/state.ts';

/** An input for another session, stored in the same transaction as the event that causes it. */
export interface OutgoingInput {
  session: string;
  /** The agent of the session if this input creates it; null for an input that must not create one. */
  agent: string | null;
  input: Input;
}

/** Returns the id of the session that does the work of a call. */
export function createChildId(session: string, call: string): string {
  return `${session}/call-${call}`;
}

/** Returns the session and the call that a session works for, if its id names them. */
export function parseChildId(child: string): { session: string; call: string } | undefined {
  const [, session, call] = CHILD.exec(child) ?? [];
  return session && call ? { session, call } : undefined;
}

const CHILD = /^(.+)\/call-(\d+\.\d+)$/s;

/** Returns the id of the one input that carries the outcome of the work; `key` is the call's idempotency key. */
export function createResultId(key: string): string {
  return createInternalId(`result-${key}`);
}

/** Returns the inputs for other sessions that an event causes; `before` is the state without the event. */
export function deriveOutgoingInputs(before: SessionState, event: RecordedEvent): OutgoingInput[] {
  switch (event.type) {
    case 'child_cancelled': {
      const { call, child, reason } = event;
      return [
        {
          session: child,
          agent: null,
          input: { kind: 'cancel', id: createInternalId(`cancel-${call}`), reason },
        },
      ];
    }
    case 'turn_finished': {
      const { outcome, reason = '' } = event;
      const answer = before.turn?.answer?.content ?? [];
      const content = outcome === 'answered' ? answer : toContent(reason);
      const open = before.turn?.replies ?? [];
      return createReplies(
        open.filter(({ input }) => event.inputs.includes(input)),
        outcome,
        content,
      );
    }
    case 'input_closed': {
      const { inputs, outcome, reason } = event;
      const closed = before.pending.filter(({ id }) => inputs.includes(id)).flatMap(toPendingReply);
      return createReplies(closed, outcome, toContent(reason));
    }
    default:
      return [];
  }
}

/** Returns the message that starts the delegated work. */
export function createAssignment(
  { depth, turn }: SessionState,
  { agent, text }: DelegatedTask,
  from: { session: string; agent: string; call: string; key: string },
): OutgoingInput {
  const { session, call, key } = from;
  const input: Input = {
    kind: 'message',
    id: key,
    content: createTextContent(text),
    mode: 'queue',
    from: from.agent,
    replyTo: { session, call },
    depth: depth + 1,
    ...(turn ? { origin: turn.origin } : {}),
  };
  return { session: createChildId(session, call), agent, input };
}

function toContent(reason: string): Content {
  return reason === '' ? [] : createTextContent(reason);
}

function toPendingReply({ id, replyTo }: PendingMessage): Turn['replies'] {
  return replyTo ? [{ input: id, to: replyTo }] : [];
}

/** Returns one result for each waiting call; its id derives from the input's id, which is unique to the call. */
function createReplies(
  open: readonly { input: string; to: ReplyTo }[],
  outcome: Outcome,
  content: Content,
): OutgoingInput[] {
  return open.map(({ input, to: { session, call } }) => ({
    session,
    agent: null,
    input: { kind: 'result', id: createResultId(input), call, outcome, content },
  }));
}
