import { addEntry, type Conversation, findEntry, NO_TOKENS, replaceEntry } from './conversation.ts';
import type { MessageEntry, MessageProgress, TurnOutcome } from './entries.ts';
import { listShownFiles } from './files.ts';
import type { LocalItem, WireEventOf } from './item.ts';

type Sent = Extract<LocalItem, { kind: 'sent' }>;
type MessageInput = Extract<WireEventOf<'input_received'>['input'], { kind: 'message' }>;

const FINAL: ReadonlySet<MessageProgress> = new Set([
  'refused',
  'answered',
  'failed',
  'cancelled',
  'expired',
]);

/** Checks whether the message has its outcome. */
export function isSettled({ state }: MessageEntry): boolean {
  return state === 'ended' || FINAL.has(state);
}

/** Adds a message that this client starts to send; one that is already known stays as it is. */
export function addOutgoing(view: Conversation, { at, message }: Sent): Conversation {
  const { id, text, files = [], from = null } = message;
  return addMessage(view, { id, text, files, from, at, own: true, state: 'sending' });
}

/** Adds a message that is on disk, or marks the client's own one as stored. */
export function storeMessage(view: Conversation, input: MessageInput, at: number): Conversation {
  const { id, text, content = [], from = null } = input;
  const files = listShownFiles(content);
  if (!findEntry(view, 'message', id))
    return addMessage(view, { id, text, files, from, at, own: false, state: 'stored' });
  return advanceMessages(view, [id], 'stored');
}

type NewMessageEntry = Pick<MessageEntry, 'id' | 'text' | 'files' | 'from' | 'at' | 'own' | 'state'>;

/** Adds a message, unless the conversation already has one with its id. */
export function addMessage(view: Conversation, message: NewMessageEntry): Conversation {
  if (findEntry(view, 'message', message.id)) return view;
  return addEntry(view, { kind: 'message', key: `message:${message.id}`, reason: null, ...message });
}

const ORDER: readonly MessageProgress[] = ['sending', 'stored', 'working', 'ended'];

/** Moves messages forward to a state, never back; ids that are no message of the conversation are skipped. */
export function advanceMessages(
  view: Conversation,
  ids: readonly string[],
  state: MessageProgress,
  reason: string | null = null,
): Conversation {
  return ids.reduce((before, id) => {
    const known = findEntry(before, 'message', id);
    if (!known || FINAL.has(known.state)) return before;
    if (!FINAL.has(state) && ORDER.indexOf(state) <= ORDER.indexOf(known.state)) return before;
    return replaceEntry(before, { ...known, state, reason });
  }, view);
}

/** Starts a turn with its first messages. */
export function startTurn(view: Conversation, { turn, inputs, at }: WireEventOf<'turn_started'>) {
  const open = { number: turn, startedAt: at, retryAt: null, usage: NO_TOKENS };
  return advanceMessages({ ...view, turn: open, restartShown: false }, inputs, 'working');
}

/** Gives messages their outcome, and adds the end of the turn, or of messages that had none. */
export function endInputs(
  view: Conversation,
  event: WireEventOf<'turn_finished' | 'input_closed'>,
): Conversation {
  const { at, seq, inputs, outcome, reason = null } = event;
  const finished = event.type === 'turn_finished';
  const usage = finished ? (view.turn?.usage ?? NO_TOKENS) : NO_TOKENS;
  const turn = finished ? event.turn : null;
  const settled = advanceMessages(
    finished ? { ...view, turn: null } : view,
    inputs,
    outcome,
    reasonOf(outcome, reason),
  );
  return addEntry(settled, {
    kind: 'ending',
    key: `ending:${seq}`,
    at,
    turn,
    inputs,
    outcome,
    reason,
    usage,
  });
}

function reasonOf(outcome: TurnOutcome, reason: string | null): string | null {
  return outcome === 'answered' ? null : reason;
}
