import type { SessionEvent } from './events.ts';

/**
 * The version in which this release writes each event. To change the stored shape of an event: raise its number here,
 * add the upcast from the old number to `UPCASTS`, and add a journal of the old release to the fixtures.
 */
export const EVENT_VERSION: Record<SessionEvent['type'], number> = {
  session_created: 1,
  input_received: 6,
  input_closed: 1,
  turn_started: 1,
  turn_joined: 1,
  model_call_started: 2,
  model_call_finished: 3,
  model_call_interrupted: 3,
  retry_scheduled: 1,
  tool_call_started: 2,
  tool_call_interrupted: 2,
  tool_call_finished: 2,
  tool_call_asked: 1,
  tool_call_refused: 1,
  tool_call_outcome_unknown: 2,
  child_cancelled: 1,
  approval_requested: 3,
  approval_resolved: 2,
  system_note_added: 1,
  history_compacted: 3,
  turn_limit_reached: 1,
  turn_finished: 1,
  session_handed_over: 3,
  session_quarantined: 1,
  session_released: 1,
};

/** A record as it is stored: the event type, its version, and `body`, the parsed JSON without `type`. */
export interface StoredRecord {
  type: string;
  v: number;
  body: unknown;
}

/** For each event type, the functions that convert version `n` of its body to version `n + 1`. */
export type Upcasts = Record<string, Record<number, (body: object) => object>>;

const UPCASTS: Upcasts = {
  // Version 2 has more kinds of input: `release`, `approval`, `result`; version 3 has `question`; version 4 may have the
  // result of an elicitation; version 5 has content, which may contain files, instead of text; version 6 may
  // name the origin of delegated work.
  input_received: {
    1: (body) => body,
    2: (body) => body,
    3: (body) => body,
    4: replaceTextByContent,
    5: (body) => body,
  },
  // Version 2 may be an elicitation, or the result of one; version 3 may ask whether a turn may continue.
  approval_requested: { 1: (body) => body, 2: (body) => body },
  approval_resolved: { 1: (body) => body },
  // Version 2 may contain files; version 3 may have the tokens of reasoning and of cache writes.
  model_call_finished: { 1: (body) => body, 2: (body) => body },
  // Version 2 may contain files.
  tool_call_finished: { 1: (body) => body },
  // Version 2 names the range that a compaction reads. A compaction in flight determines its range again.
  model_call_started: {
    1: (body) =>
      Reflect.get(body, 'purpose') === 'compaction' ? { ...body, piece: { from: 0, count: 0 } } : body,
  },
  // Version 2 says where the summarised range started; before, it always started at the beginning.
  // Version 3 may have more kinds of tokens, as for `model_call_finished`.
  history_compacted: { 1: (body) => ({ ...body, from: 0 }), 2: (body) => body },
  // Version 2 may say that a crash does not count against the step; before, every crash did.
  // Version 3 of a model call may have tokens.
  model_call_interrupted: { 1: (body) => body, 2: (body) => body },
  tool_call_interrupted: { 1: (body) => body },
  // Version 2 may name a child session.
  tool_call_started: { 1: (body) => body },
  // Version 2 may say why another session is quarantined.
  tool_call_outcome_unknown: { 1: (body) => body },
  session_handed_over: {
    1: (body) => ({
      ...body,
      to: Reflect.get(body, 'to') ?? 0,
      cause: 'restart',
      reason: '',
      keys: [],
      tell: false,
    }),
    // Version 3 may name the client that requested the handover.
    2: (body) => body,
  },
};

function replaceTextByContent(body: object): object {
  const input: unknown = Reflect.get(body, 'input');
  if (typeof input !== 'object' || input === null || !('text' in input)) return body;
  const { text, ...rest } = input;
  return { ...body, input: { ...rest, content: [{ type: 'text', text }] } };
}

/** Converts a stored record to an event in its current shape. Throws an Error with the reason when it cannot. */
export function upcastEvent(
  record: StoredRecord,
  upcasts: Upcasts = UPCASTS,
  today = EVENT_VERSION,
): SessionEvent {
  const { type, v, body } = record;
  if (!isEventType(type)) throw new Error(`the event type "${type}" is unknown to this release`);
  if (v > today[type]) {
    throw new Error(`"${type}" has version ${v}; this release reads versions up to ${today[type]}`);
  }
  if (typeof body !== 'object' || body === null) throw new Error(`"${type}" has no fields`);
  let fields: object = body;
  for (let from = v; from < today[type]; from += 1) {
    const step = upcasts[type]?.[from];
    if (!step) throw new Error(`"${type}" has version ${from}, which no release wrote`);
    fields = step(fields);
  }
  return { ...fields, type } as SessionEvent;
}

function isEventType(type: string): type is SessionEvent['type'] {
  return Object.hasOwn(EVENT_VERSION, type);
}
