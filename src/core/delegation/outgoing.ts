import type { Input, Outcome, Recorded, ReplyTo } from '../model/events.ts';
import { internalId } from '../model/internal-id.ts';
import type { Delegate } from '../model/next-action.ts';
import type { PendingMessage, SessionState, Turn } from '../model/state.ts';

/** An input for another session. It is stored in the same transaction as the event that means it. */
export interface OutgoingInput {
  session: string;
  /** Agent of the session if this creates it. */
  agent: string;
  input: Input;
}

/** The session that does the work of a call. */
export function childName(session: string, call: string): string {
  return `${session}/call-${call}`;
}

/** The session and the call that a session was made for, if its name says so. */
export function parentOf(child: string): { session: string; call: string } | undefined {
  const [, session, call] = CHILD.exec(child) ?? [];
  return session && call ? { session, call } : undefined;
}

const CHILD = /^(.+)\/call-(\d+\.\d+)$/s;

/** Id of the one input that tells what became of the work; `key` is the call's. */
export function resultId(key: string): string {
  return internalId(`result-${key}`);
}

/** What an event means for other sessions. `before` is the state without it. */
export function outgoing(before: SessionState, event: Recorded): OutgoingInput[] {
  switch (event.type) {
    case 'child_cancelled': {
      const { call, child, reason } = event;
      return [
        { session: child, agent: '', input: { kind: 'cancel', id: internalId(`cancel-${call}`), reason } },
      ];
    }
    case 'turn_finished': {
      const { outcome, reason = '' } = event;
      const text = outcome === 'answered' ? (before.turn?.answer?.text ?? '') : reason;
      const open = before.turn?.replies ?? [];
      return replies(
        open.filter(({ input }) => event.inputs.includes(input)),
        outcome,
        text,
      );
    }
    case 'input_closed': {
      const { inputs, outcome, reason } = event;
      const closed = before.pending.filter(({ id }) => inputs.includes(id)).flatMap(toReply);
      return replies(closed, outcome, reason);
    }
    default:
      return [];
  }
}

/** The message that begins the work. */
export function assignment(
  { depth }: SessionState,
  { agent, text }: Delegate,
  from: { session: string; agent: string; call: string; key: string },
): OutgoingInput {
  const { session, call, key } = from;
  const input: Input = {
    kind: 'message',
    id: key,
    text,
    mode: 'queue',
    from: from.agent,
    replyTo: { session, call },
    depth: depth + 1,
  };
  return { session: childName(session, call), agent, input };
}

function toReply({ id, replyTo }: PendingMessage): Turn['replies'] {
  return replyTo ? [{ input: id, to: replyTo }] : [];
}

/** The input's id is unique to the call, and so is its result's. */
function replies(
  open: readonly { input: string; to: ReplyTo }[],
  outcome: Outcome,
  text: string,
): OutgoingInput[] {
  return open.map(({ input, to: { session, call } }) => ({
    session,
    agent: '',
    input: { kind: 'result', id: resultId(input), call, outcome, text },
  }));
}
