import type { WireDelta } from '../../protocol/events.ts';
import { addEntry, type Conversation, findEntry, replaceEntry } from './conversation.ts';
import type { AnswerEntry, TokenTotals } from './entries.ts';
import type { WireEventOf } from './item.ts';

/** Starts an attempt of a model call; late text of the attempts before is ignored from now on. */
export function startModelCall(view: Conversation, event: WireEventOf<'model_call_started'>): Conversation {
  const { step, attempt, purpose, at, generation, revision } = event;
  return {
    ...view,
    call: { step, attempt, phase: purpose === 'answer' ? 'answering' : 'compacting' },
    started: { at, attempt, generation, revision },
    turn: view.turn && { ...view.turn, retryAt: null },
  };
}

/** Checks whether a delta continues the running answer; others are late, or would leave a gap in the text. */
export function isNewText(view: Conversation, { step, attempt, offset, text }: WireDelta): boolean {
  if (isOutdated(view.call, step, attempt)) return false;
  const known = findEntry(view, 'answer', `${step}.${attempt}`)?.text.length ?? 0;
  return offset <= known && offset + text.length > known;
}

function isOutdated(call: Conversation['call'], step: number, attempt: number): boolean {
  if (!call || step > call.step) return false;
  if (step < call.step || call.phase === 'ended' || attempt < call.attempt) return true;
  return attempt === call.attempt && call.phase !== 'answering';
}

/** Adds the part of a delta that is new; the caller has checked it with `isNewText`. */
export function addAnswerText(view: Conversation, { step, attempt, offset, text }: WireDelta): Conversation {
  const call = { step, attempt, phase: 'answering' } as const;
  const known = findEntry(view, 'answer', `${step}.${attempt}`);
  if (!known) return addEntry({ ...view, call }, createAnswer(step, attempt, text, 'running', null));
  return replaceEntry(view, { ...known, text: known.text + text.slice(known.text.length - offset) });
}

/** Ends a model call: its durable text replaces what was streamed. */
export function finishAnswer(view: Conversation, event: WireEventOf<'model_call_finished'>): Conversation {
  const { at, step, content } = event;
  const text = content.map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join('');
  const ended = { ...closeModelCall(view, event), restartShown: false };
  const { attempt } = ended.call;
  const known = findEntry(view, 'answer', `${step}.${attempt}`);
  if (known) return replaceEntry(ended, { ...known, text, state: 'finished' });
  return text === '' ? ended : addEntry(ended, createAnswer(step, attempt, text, 'finished', at));
}

/** Ends a model call, and counts its tokens; no later text of it is shown. */
export function closeModelCall(
  view: Conversation,
  { step, usage }: WireEventOf<'model_call_finished' | 'history_compacted'>,
): Conversation & { call: NonNullable<Conversation['call']> } {
  const attempt = view.call?.step === step ? view.call.attempt : 1;
  return { ...addUsage(view, usage), call: { step, attempt, phase: 'ended' } };
}

/** Marks the running attempt as interrupted; the text that has arrived stays. */
export function interruptAnswer(
  view: Conversation,
  { step, attempt }: WireEventOf<'model_call_interrupted'>,
): Conversation {
  const call = { step, attempt, phase: 'interrupted' } as const;
  const known = findEntry(view, 'answer', `${step}.${attempt}`);
  return known ? replaceEntry({ ...view, call }, { ...known, state: 'interrupted' }) : { ...view, call };
}

function addUsage(view: Conversation, used: WireEventOf<'model_call_finished'>['usage']): Conversation {
  if (!used) return view;
  const turn = view.turn && { ...view.turn, usage: sumTokens(view.turn.usage, used) };
  return { ...view, turn, usage: sumTokens(view.usage, used) };
}

function sumTokens(
  total: TokenTotals,
  { input = 0, output = 0, cached = 0 }: NonNullable<WireEventOf<'model_call_finished'>['usage']>,
): TokenTotals {
  return { input: total.input + input, output: total.output + output, cached: total.cached + cached };
}

function createAnswer(
  step: number,
  attempt: number,
  text: string,
  state: AnswerEntry['state'],
  at: number | null,
): AnswerEntry {
  return { kind: 'answer', key: `answer:${step}.${attempt}`, at, step, attempt, text, state };
}
