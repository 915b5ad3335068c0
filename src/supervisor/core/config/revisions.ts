import { addEffect, addLog, armTimer, type DecisionDraft, disarmTimer, updateState } from '../model/draft.ts';
import type { ActiveRevision, ChangedFile } from '../model/revision.ts';
import { setFileProblems, updateConfig } from './file-check.ts';
import { clearSuperseded, recordFailed } from './file-problems.ts';

/** Makes a revision of the changed content. Reuses the latest one if it failed or was proposed with it. */
export function proposeRevision(draft: DecisionDraft, changed: ChangedFile): ActiveRevision {
  const { content, origin, keys, last, next } = changed;
  const isOpen = last?.state === 'failed' || (last?.state === 'trial' && last.number !== activeNumber(draft));
  const known = isOpen && last.hash === content.hash ? last : null;
  const revision: ActiveRevision = { number: known?.number ?? next, content, origin, state: 'trial', keys };
  if (!known) addEffect(draft, { type: 'add_revision', revision });
  else if (known.state !== 'trial') markRevision(draft, revision.number, 'trial');
  return revision;
}

/**
 * Marks a proposed revision as replaced, because another one is wanted before it became active. A handover that tries
 * it decides itself what becomes of it.
 */
export function withdrawProposal(draft: DecisionDraft, { number, state }: ActiveRevision): void {
  const { task } = draft.state;
  if (state !== 'trial' || number === activeNumber(draft)) return;
  if (task.kind === 'handover' && task.revision.number === number) return;
  markRevision(draft, number, 'replaced');
}

/** Makes the revision active, because a generation serves with it or has applied it. The former trial ends. */
export function activateRevision(draft: DecisionDraft, revision: ActiveRevision): void {
  const { active, canRunSessions, file } = draft.state.config;
  if (revision.number === active.number) return;
  if (active.state === 'trial') {
    markRevision(draft, active.number, 'replaced');
    stopTrial(draft);
  }
  if (revision.origin === 'file') setFileProblems(draft, clearSuperseded(file));
  updateConfig(draft, { active: revision, canRunSessions: canRunSessions || revision.number > 0 });
}

/**
 * Marks the revision failed. The same content is not retried automatically. `reason` must contain no secret.
 */
export function rejectRevision(draft: DecisionDraft, revision: ActiveRevision, reason: string): void {
  const { number, keys, content } = revision;
  markRevision(draft, number, 'failed', reason);
  addLog(draft, 'error', 'config:failed', { revision: number, keys, reason });
  const problem = { message: reason, problems: [], since: draft.now.date };
  setFileProblems(draft, recordFailed(draft.state.config.file, content.fingerprint, problem));
  const { ahead } = draft.state;
  if (ahead?.number === number) updateState(draft, { ahead: { ...ahead, state: 'failed' } });
}

/** Starts the trial of the active revision, because a generation that runs sessions serves with it now. */
export function startTrial(draft: DecisionDraft): void {
  const { active, trialRuns } = draft.state.config;
  if (active.state !== 'trial' || trialRuns) return;
  const { trial } = active.content;
  if (trial <= 0) {
    passTrial(draft);
    return;
  }
  updateConfig(draft, { trialRuns: true });
  armTimer(draft, 'trial', active.number, trial);
}

export function stopTrial(draft: DecisionDraft): void {
  if (!draft.state.config.trialRuns) return;
  disarmTimer(draft, 'trial', activeNumber(draft));
  updateConfig(draft, { trialRuns: false });
}

/** Ends the trial of the active revision well; ignores a timer of another revision. */
export function handleTrialTimer(draft: DecisionDraft, revision: number): void {
  if (draft.state.config.trialRuns && activeNumber(draft) === revision) passTrial(draft);
}

function passTrial(draft: DecisionDraft): void {
  const { active } = draft.state.config;
  markRevision(draft, active.number, 'good');
  addLog(draft, 'info', 'config:good', { revision: active.number });
  updateConfig(draft, { active: { ...active, state: 'good' }, trialRuns: false });
}

function markRevision(
  draft: DecisionDraft,
  number: number,
  state: 'trial' | 'good' | 'failed' | 'replaced',
  reason?: string,
): void {
  addEffect(draft, { type: 'mark_revision', number, state, ...(reason === undefined ? {} : { reason }) });
}

function activeNumber({ state }: DecisionDraft): number {
  return state.config.active.number;
}

/**
 * Sends the active configuration to the serving and all leaving generations, so that none of them uses a permission
 * that was withdrawn.
 */
export function requestApply(draft: DecisionDraft, revision: ActiveRevision): void {
  const to = draft.state.generations
    .filter(({ state }) => state === 'serving' || state === 'draining')
    .map(({ id }) => id);
  addEffect(draft, { type: 'apply_config', to, revision });
}

/**
 * Applies a change that has to wait for a handover as far as that is possible without one.
 *
 *   1. A permission that was withdrawn must not be used until the handover: `shell: deny` takes effect at once.
 *   2. The revision stays proposed; the handover, or a later check of the file, decides what becomes of it.
 */
export function applyAhead(draft: DecisionDraft, revision: ActiveRevision): void {
  const { ahead } = draft.state;
  if (ahead && ahead.number !== revision.number) withdrawProposal(draft, ahead);
  updateState(draft, { ahead: revision });
  requestApply(draft, revision);
  addLog(draft, 'info', 'config:ahead', { revision: revision.number, keys: revision.keys });
}

/** Ends the change that was applied ahead: it has become active with a handover, or is taken back now. */
export function settleAhead(draft: DecisionDraft): void {
  const { ahead, config } = draft.state;
  if (!ahead) return;
  withdrawProposal(draft, ahead);
  if (ahead.number !== config.active.number) requestApply(draft, config.active);
  updateState(draft, { ahead: null });
}
