import type { WireEvent } from '../../protocol/events.ts';
import { addEntry, type Conversation } from './conversation.ts';
import type { Notice } from './entries.ts';
import type { WireEventOf } from './item.ts';

/** Causes of an interruption that are a restart of the daemon. */
const RESTARTS: ReadonlySet<string> = new Set(['crash', 'shutdown']);

/** Adds a notice; `seq` makes its key unique. */
export function addNotice(
  view: Conversation,
  { seq, at }: { seq: number; at: number | null },
  notice: Notice,
): Conversation {
  return addEntry(view, { kind: 'notice', key: `${notice.notice}:${seq}`, at, ...notice });
}

/** Keeps an interruption until its consequence is known, so that both are one notice. */
export function holdInterruption(
  view: Conversation,
  event: WireEventOf<'model_call_interrupted' | 'tool_call_interrupted'>,
): Conversation {
  const step =
    event.type === 'model_call_interrupted'
      ? { what: 'model' as const, reason: event.reason }
      : { what: 'tool' as const, reason: event.cause };
  return { ...view, interruption: { ...step, restart: RESTARTS.has(event.cause) } };
}

/** Adds the time of the next attempt, with the interruption that is the reason for it. */
export function addRetry(view: Conversation, event: WireEventOf<'retry_scheduled'>): Conversation {
  const { until } = event;
  const held = view.interruption;
  const after = held && { what: held.what, reason: held.reason };
  const turn = view.turn && { ...view.turn, retryAt: until };
  return addNotice({ ...view, turn, interruption: null }, event, { notice: 'retry', after, until });
}

/**
 * Reports a held interruption or restart, unless the next event belongs to it: further interruptions are one
 * notice with it, a message may arrive before the turn resumes, and the end of the turn says why by itself.
 * `next` is absent for streamed text.
 */
export function releaseHeld(view: Conversation, next?: WireEvent): Conversation {
  if (next?.type === 'tool_call_interrupted' || next?.type === 'model_call_interrupted') return view;
  if (view.restart && next?.type === 'input_received') return view;
  if (!view.restart && !view.interruption) return view;
  const held = view.interruption;
  const free = { ...view, interruption: null };
  if (next?.type === 'turn_finished') return free;
  const where = next ?? { seq: view.seq, at: null };
  if (view.restart || held?.restart) return releaseRestart(free, where, held !== null);
  return held
    ? addNotice(free, where, { notice: 'interruption', what: held.what, reason: held.reason })
    : free;
}

function releaseRestart(
  view: Conversation,
  where: { seq: number; at: number | null },
  interrupted: boolean,
): Conversation {
  const { cause, tell } = view.restart ?? { cause: '', tell: true };
  const free = { ...view, restart: null };
  if (!tell || view.restartShown) return free;
  return addNotice({ ...free, restartShown: true }, where, { notice: 'restart', cause, interrupted });
}
