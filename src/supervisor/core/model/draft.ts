import type { SupervisorEffect } from './effects.ts';
import type { SupervisorTimer } from './events.ts';
import type { GenerationRecord } from './generation.ts';
import type { LogRecord } from './log.ts';
import type { Moment } from './moment.ts';
import type { ReportHead } from './report.ts';
import type { SupervisorState, SupervisorTask } from './state.ts';

/**
 * One decision while it is made: the state so far, which is replaced and never changed in place, and the effects so
 * far. A draft never leaves the core.
 */
export interface DecisionDraft {
  state: SupervisorState;
  readonly now: Moment;
  readonly effects: SupervisorEffect[];
}

export function addEffect(draft: DecisionDraft, effect: SupervisorEffect): void {
  draft.effects.push(effect);
}

export function addLog(draft: DecisionDraft, ...record: LogRecord): void {
  draft.effects.push({ type: 'log', record });
}

export function armTimer(draft: DecisionDraft, kind: SupervisorTimer['kind'], of: number, ms: number): void {
  draft.effects.push({ type: 'arm_timer', timer: { kind, of }, ms });
}

export function disarmTimer(draft: DecisionDraft, kind: SupervisorTimer['kind'], of: number): void {
  draft.effects.push({ type: 'disarm_timer', timer: { kind, of } });
}

export function updateState(draft: DecisionDraft, changed: Partial<SupervisorState>): void {
  draft.state = { ...draft.state, ...changed };
}

export function setTask(draft: DecisionDraft, task: SupervisorTask): void {
  updateState(draft, { task });
}

/** Returns the next number for an attempt, a check or a change. */
export function takeId(draft: DecisionDraft): number {
  const lastId = draft.state.lastId + 1;
  updateState(draft, { lastId });
  return lastId;
}

/** Returns the id of the next report. Ids count up for the life of the home. */
export function takeReportId(draft: DecisionDraft): string {
  const lastReport = draft.state.lastReport + 1;
  updateState(draft, { lastReport });
  return String(lastReport);
}

/** Changes a generation and returns it; does nothing and returns null when it is not alive. */
export function updateGeneration(
  draft: DecisionDraft,
  id: number,
  changed: Partial<GenerationRecord>,
): GenerationRecord | null {
  const generations = draft.state.generations.map((each) =>
    each.id === id ? { ...each, ...changed } : each,
  );
  updateState(draft, { generations });
  return findGeneration(draft.state, id);
}

export function writeReport(draft: DecisionDraft, report: ReportHead): ReportHead {
  draft.effects.push({ type: 'write_report', report });
  return report;
}

export function findGeneration({ generations }: SupervisorState, id: number): GenerationRecord | null {
  return generations.find((each) => each.id === id) ?? null;
}

export function findServing({ generations }: SupervisorState): GenerationRecord | null {
  return generations.find(({ state }) => state === 'serving') ?? null;
}

/** Finds the generation that was started and does not serve yet. */
export function findCandidate({ generations }: SupervisorState): GenerationRecord | null {
  return generations.find(({ state }) => ['booting', 'ready', 'starting'].includes(state)) ?? null;
}

export function listLeaving({ generations }: SupervisorState): GenerationRecord[] {
  return generations.filter(({ state }) => state === 'draining');
}
