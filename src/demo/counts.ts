import type { WireEvent } from '../protocol/events.ts';
import { isStepStart } from './facts.ts';
import { findCallName } from './story.ts';

type Journal = readonly WireEvent[];

export interface StepCounts {
  finished: number;
  /** Interrupted by a kill, and therefore resumed or started again. */
  interrupted: number;
  /** Started again although they had finished; must be 0. */
  repeated: number;
}

export function countSteps(journals: readonly Journal[]): StepCounts {
  const steps = { finished: 0, interrupted: 0, repeated: 0 };
  for (const journal of journals) {
    const finished = new Set<string>();
    for (const event of journal) {
      if (isStepStart(event) && finished.has(nameStep(event))) steps.repeated += 1;
      if (event.type === 'model_call_interrupted' || event.type === 'tool_call_interrupted')
        steps.interrupted += 1;
      if (event.type !== 'model_call_finished' && event.type !== 'tool_call_finished') continue;
      steps.finished += 1;
      finished.add(nameStep(event));
    }
  }
  return steps;
}

function nameStep(event: { step: number } | { call: string }): string {
  return 'step' in event ? `model ${event.step}` : `tool ${event.call}`;
}

export interface CallCounts {
  /** Calls that the model requested, by the journal. */
  calls: number;
  /** Runs that the tools recorded themselves, outside the daemon. */
  runs: number;
  /** Names of calls that ran more often than they were requested. */
  twice: string[];
  /** Names of calls that the journal records as finished, but that never ran. */
  missing: string[];
}

export function countCalls(journal: Journal, ran: readonly string[]): CallCounts {
  const named = mapCallNames(journal);
  const finished = journal.flatMap((event) => (event.type === 'tool_call_finished' ? [event.call] : []));
  const count = (names: readonly (string | undefined)[], name: string) =>
    names.filter((each) => each === name).length;
  const asked = [...named.values()];
  const done = finished.map((call) => named.get(call));
  const names = [...new Set([...asked, ...ran])];
  return {
    calls: asked.length,
    runs: ran.length,
    twice: names.filter((name) => count(ran, name) > count(asked, name)),
    missing: names.filter((name) => count(ran, name) < count(done, name)),
  };
}

/** Maps the id of each tool call that records its runs to its name, such as `3.1` to `tests`. */
export function mapCallNames(journal: Journal): Map<string, string> {
  const named = new Map<string, string>();
  for (const event of journal) {
    if (event.type !== 'model_call_finished') continue;
    const calls = event.content.filter((part) => part.type === 'tool-call');
    for (const [position, part] of calls.entries()) {
      const name = findCallName(part['input']);
      if (name !== undefined) named.set(`${event.step}.${position + 1}`, name);
    }
  }
  return named;
}

export interface NoteCounts {
  /** How often another generation resumed the turn. */
  restarts: number;
  /** Expected notices: one for all restarts between two answers of the model. */
  due: number;
  told: number;
}

export function countNotes(journal: Journal): NoteCounts {
  const notes: NoteCounts = { restarts: 0, due: 0, told: 0 };
  let news = false;
  for (const { type } of journal) {
    if (type === 'session_handed_over') {
      notes.restarts += 1;
      news = true;
    }
    if (type === 'system_note_added') notes.told += 1;
    if (type !== 'model_call_finished' || !news) continue;
    notes.due += 1;
    news = false;
  }
  return notes;
}
