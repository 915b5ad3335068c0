import { addEntry, type Conversation, findEntry, replaceEntry } from './conversation.ts';
import type { AnswerEntry, TokenTotals } from './entries.ts';
import { listShownFiles } from './files.ts';
import type { WireEventOf } from './item.ts';

/** Starts an attempt of a model call; late text of the attempts before is ignored from now on. */
export function startModelCall(view: Conversation, event: WireEventOf<'model_call_started'>): Conversation {
  const { step, attempt, purpose, at, generation, revision } = event;
  return {
    ...view,
    call: { step, attempt, phase: purpose === 'answer' ? 'answering' : 'compacting' },
    started: { at, attempt, generation, revision },
    drafts: [],
    turn: view.turn && { ...view.turn, retryAt: null },
  };
}

/** Checks whether text of an attempt comes too late, because it has ended or another one has started. */
export function isOutdated(call: Conversation['call'], step: number, attempt: number): boolean {
  if (!call || step > call.step) return false;
  if (step < call.step || call.phase === 'ended' || attempt < call.attempt) return true;
  return attempt === call.attempt && call.phase !== 'answering';
}

/** Adds text or reasoning to the answer of an attempt. */
export function addAnswerPart(
  view: Conversation,
  { step, attempt }: { step: number; attempt: number },
  kind: 'text' | 'reasoning',
  fresh: string,
): Conversation {
  const known = findEntry(view, 'answer', `${step}.${attempt}`);
  if (known) return replaceEntry(view, { ...known, [kind]: known[kind] + fresh });
  return addEntry(view, { ...createAnswer(step, attempt, null), [kind]: fresh });
}

/** Ends a model call: its durable text replaces what was streamed. */
export function finishAnswer(view: Conversation, event: WireEventOf<'model_call_finished'>): Conversation {
  const { at, step, content } = event;
  const text = joinParts(content, 'text');
  const files = listShownFiles(content);
  const ended = { ...closeModelCall(view, event), restartShown: false };
  const { attempt } = ended.call;
  const known = findEntry(view, 'answer', `${step}.${attempt}`);
  const reasoning = joinParts(content, 'reasoning') || (known?.reasoning ?? '');
  const whole = { text, reasoning, files, state: 'finished' } as const;
  if (known) return replaceEntry(ended, { ...known, ...whole });
  const isEmpty = text === '' && reasoning === '' && files.length === 0;
  return isEmpty ? ended : addEntry(ended, { ...createAnswer(step, attempt, at), ...whole });
}

function joinParts(
  content: WireEventOf<'model_call_finished'>['content'],
  type: 'text' | 'reasoning',
): string {
  return content.map((part) => (part.type === type ? (part.text ?? '') : '')).join('');
}

/** Ends a model call, and counts its tokens; no later text of it is shown. */
export function closeModelCall(
  view: Conversation,
  { step, usage }: WireEventOf<'model_call_finished' | 'history_compacted'>,
): Conversation & { call: NonNullable<Conversation['call']> } {
  const attempt = view.call?.step === step ? view.call.attempt : 1;
  return { ...addUsage(view, usage), call: { step, attempt, phase: 'ended' }, drafts: [] };
}

/** Marks the running attempt as interrupted; the text that has arrived stays. */
export function interruptAnswer(
  view: Conversation,
  { step, attempt }: WireEventOf<'model_call_interrupted'>,
): Conversation {
  const call = { step, attempt, phase: 'interrupted' } as const;
  const known = findEntry(view, 'answer', `${step}.${attempt}`);
  const cut = { ...view, call, drafts: [] };
  return known ? replaceEntry(cut, { ...known, state: 'interrupted' }) : cut;
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

/** Creates the answer of an attempt that has said nothing. */
export function createAnswer(step: number, attempt: number, at: number | null): AnswerEntry {
  const empty = { text: '', reasoning: '', files: [], state: 'running' } as const;
  return { kind: 'answer', key: `answer:${step}.${attempt}`, at, step, attempt, ...empty };
}
