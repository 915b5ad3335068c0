import type { StepRun } from '../client/conversation/steps.ts';
import type { WireEvent } from '../protocol/events.ts';
import { listCalls, type ReadSession } from './journal.ts';
import { findCallName } from './story.ts';

export interface StepCounts {
  finished: number;
  /** Interrupted by a kill, and therefore resumed or started again. */
  interrupted: number;
  /** Started again although they had finished; must be 0. */
  repeated: number;
}

export function countSteps(sessions: readonly ReadSession[]): StepCounts {
  const runs = sessions.flatMap(({ steps }) => steps);
  return {
    finished: runs.filter(({ end }) => end === 'finished').length,
    interrupted: runs.filter(({ end }) => end === 'interrupted').length,
    repeated: sessions.flatMap(({ steps }) => steps.filter(isRepeated)).length,
  };
}

function isRepeated({ step }: StepRun, index: number, runs: readonly StepRun[]): boolean {
  return runs.slice(0, index).some((run) => run.step === step && run.end === 'finished');
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

export function countCalls(session: ReadSession, ran: readonly string[]): CallCounts {
  const calls = listCalls(session).map(({ input, state }) => ({ name: findCallName(input), state }));
  const asked = calls.flatMap(({ name }) => name ?? []);
  const done = calls
    .filter(({ state }) => state === 'finished' || state === 'failed')
    .map(({ name }) => name);
  const count = (names: readonly (string | undefined)[], name: string) =>
    names.filter((each) => each === name).length;
  const names = [...new Set([...asked, ...ran])];
  return {
    calls: asked.length,
    runs: ran.length,
    twice: names.filter((name) => count(ran, name) > count(asked, name)),
    missing: names.filter((name) => count(ran, name) < count(done, name)),
  };
}

export interface NoteCounts {
  /** How often another generation resumed the turn. */
  restarts: number;
  /** Expected notices: one for all restarts between two answers of the model. */
  due: number;
  told: number;
}

/** Counts notices in the journal itself, because a conversation shows the user one line for several restarts. */
export function countNotes(journal: readonly WireEvent[]): NoteCounts {
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
