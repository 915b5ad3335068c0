import { updateConfig } from './config/file-check.ts';
import { rejectRevision, stopTrial } from './config/revisions.ts';
import { clearCrashHistory, recordExit } from './fleet/crashes.ts';
import { killGeneration } from './fleet/generations.ts';
import { failHandover } from './handover.ts';
import { addEffect, type DecisionDraft, findCandidate, findServing, updateState } from './model/draft.ts';
import type { RestoredRevision } from './model/events.ts';
import type { ActiveRevision } from './model/revision.ts';
import type { FallBack, GenerationEnd } from './model/state.ts';
import { endAfterRefusal } from './stop.ts';

/**
 * Handles a generation that ended without having been told to. When its revision is on trial, the last good one is
 * wanted first. `isHopeless`: no further attempt can succeed with the same revision.
 */
export function handleFailedGeneration(draft: DecisionDraft, exit: GenerationEnd, isHopeless: boolean): void {
  const { config, fallBack } = draft.state;
  const { active } = config;
  // An unavailable store is no fault of the configuration: another one would have failed in the same way.
  if (exit.store === 'unavailable' || fallBack) {
    recordExit(draft, exit);
    return;
  }
  if (active.state !== 'trial') {
    giveUp(draft, { exit, isHopeless, revision: active.number });
    return;
  }
  stopTrial(draft);
  updateState(draft, { fallBack: { exit, isHopeless, revision: active.number } });
  addEffect(draft, { type: 'restore_good_revision', active: active.content });
}

/** The last good revision is known; null when there is none. */
export function handleRestored(draft: DecisionDraft, good: RestoredRevision | null): void {
  const { fallBack, config } = draft.state;
  if (!fallBack) return;
  updateState(draft, { fallBack: null });
  const { active } = config;
  // A candidate of a restart may have begun to serve meanwhile: its revision is on trial again.
  const isOver = findServing(draft.state) !== null || active.number !== fallBack.revision;
  if (!good || isOver || good.number === active.number) {
    giveUp(draft, fallBack);
    return;
  }
  recordExit(draft, fallBack.exit);
  updateConfig(draft, { active: { ...good, origin: 'last-known-good', state: 'good' } });
  const reason = `revision ${active.number} was given up: its generation ${fallBack.exit.end}`;
  rejectRevision(draft, active, reason);
  clearCrashHistory(draft);
  abandonRevision(draft, active);
}

function giveUp(draft: DecisionDraft, { exit, isHopeless }: FallBack): void {
  if (isHopeless) endAfterRefusal(draft, exit.end);
  else recordExit(draft, exit);
}

/** Stops the candidate of a handover under way that has the failed revision as well. */
function abandonRevision(draft: DecisionDraft, { number }: ActiveRevision): void {
  const { task } = draft.state;
  const candidate = findCandidate(draft.state);
  const reason = 'was killed: its revision was given up';
  if (candidate?.revision === number) {
    killGeneration(draft, candidate, reason);
    return;
  }
  if (task.kind === 'handover' && task.step === 'binding' && task.revision.number === number)
    failHandover(draft, task, `revision ${number} was given up meanwhile`);
}
