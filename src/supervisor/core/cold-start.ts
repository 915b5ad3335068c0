import type { SupervisorReply } from '../ipc/messages.ts';
import { activateRevision, proposeRevision, rejectRevision } from './config/revisions.ts';
import { clearCrashHistory } from './fleet/crashes.ts';
import { answerUnchanged } from './live-change.ts';
import { computeStartDelay } from './model/crash-policy.ts';
import {
  addEffect,
  armTimer,
  type DecisionDraft,
  disarmTimer,
  setTask,
  takeId,
  takeReportId,
} from './model/draft.ts';
import { createReport } from './model/report.ts';
import type { ChangedFile, FileCheck } from './model/revision.ts';
import type { ColdStartTask, RunningCheck } from './model/state.ts';
import {
  answerChecks,
  requestHandover,
  startFileCheck,
  startRequestedCheck,
  updateRequests,
} from './requests.ts';

/**
 * Begins to bring the daemon to serve, because no generation does. One cold start writes one report, however many
 * generations it takes; between them it waits as long as the crash history says.
 */
export function openColdStart(draft: DecisionDraft): void {
  const { lastServing: last, config, requests, crashes, settings } = draft.state;
  const { active } = config;
  const report = createReport(
    {
      // A client that waits for a pending handover is answered by this cold start.
      id: requests.handover?.id ?? takeReportId(draft),
      cause: last ? 'crash' : 'start',
      reason: last ? `generation ${last.number} ${crashes.lastEnd}` : settings.startReason,
      from: last?.number ?? null,
      killed: last !== null || settings.killedBefore,
      revision: { from: last?.revision ?? null, to: active.number },
    },
    draft.now,
  );
  addEffect(draft, { type: 'open_report', report });
  const waiting = { step: 'waiting', pause: 'due', wanted: false, attempt: 0 } as const;
  setTask(draft, { kind: 'cold_start', report, ...waiting, asked: [], revision: active, mode: 'normal' });
}

/**
 * Takes the next step of a cold start that waits. Requests come first: a restart or a changed file gives the next
 * generation a better chance, so it is started at once.
 */
export function advanceColdStart(draft: DecisionDraft, task: ColdStartTask): void {
  if (task.step !== 'waiting') return;
  const { requests } = draft.state;
  if (requests.checks.length > 0) startRequestedCheck(draft);
  else if (requests.handover) {
    updateRequests(draft, { handover: null });
    setTask(draft, { ...task, wanted: true });
    startFileCheck(draft, [], requests.handover.again);
  } else if (task.pause === 'over') startAttempt(draft, task);
  else if (task.pause === 'due') startPause(draft, task);
}

function startPause(draft: DecisionDraft, task: ColdStartTask): void {
  const { crashes, settings } = draft.state;
  const delay = computeStartDelay(crashes.record, settings.crashPolicy);
  if (delay === 0) {
    setTask(draft, { ...task, pause: 'over' });
    return;
  }
  const attempt = takeId(draft);
  armTimer(draft, 'pause', attempt, delay);
  setTask(draft, { ...task, pause: 'running', attempt });
}

export function handlePauseTimer(draft: DecisionDraft, attempt: number): void {
  const { task } = draft.state;
  if (task.kind === 'cold_start' && task.pause === 'running' && task.attempt === attempt)
    setTask(draft, { ...task, pause: 'over' });
}

/** The next generation may fare better, so the crash history and the pause count no longer. */
function startAfresh(draft: DecisionDraft, task: ColdStartTask): void {
  if (task.pause === 'running') disarmTimer(draft, 'pause', task.attempt);
  clearCrashHistory(draft);
  setTask(draft, { ...task, step: 'waiting', pause: 'over', wanted: false, asked: [] });
}

/** Handles what a check of the file found while no generation serves. */
export function followFileInColdStart(
  draft: DecisionDraft,
  task: ColdStartTask,
  { requests }: RunningCheck,
  found: FileCheck,
): void {
  if (found.what === 'changed') {
    openChangedAddress(draft, task, requests, found);
    return;
  }
  answerUnchanged(draft, requests, found);
  if (task.wanted) startAfresh(draft, task);
}

/** Changed content becomes active without a handover, when its address can be used. */
function openChangedAddress(
  draft: DecisionDraft,
  task: ColdStartTask,
  requests: RunningCheck['requests'],
  changed: ChangedFile,
): void {
  if (task.pause === 'running') disarmTimer(draft, 'pause', task.attempt);
  const attempt = takeId(draft);
  const revision = proposeRevision(draft, changed);
  const pause = task.pause === 'running' ? 'due' : task.pause;
  setTask(draft, { ...task, step: 'opening', pause, attempt, revision, asked: requests });
  addEffect(draft, { type: 'open_address', attempt, listen: changed.content.listen });
}

export function handleAddressOpened(draft: DecisionDraft, attempt: number, failure: string | null): void {
  const { task } = draft.state;
  if (task.kind !== 'cold_start' || task.step !== 'opening' || task.attempt !== attempt) return;
  const { revision, asked, report } = task;
  const { number, keys } = revision;
  const reason = `revision ${number} was given up: ${failure}`;
  if (failure === null) activateRevision(draft, revision);
  else rejectRevision(draft, revision, reason);
  const reply: SupervisorReply =
    failure === null
      ? { what: 'reload', revision: number, applied: 'handover', handover: report.id, keys }
      : { what: 'refused', message: reason };
  if (failure === null || task.wanted) startAfresh(draft, task);
  else setTask(draft, { ...task, step: 'waiting', asked: [] });
  answerChecks(draft, asked, reply);
}

/** Binds the socket of the next generation; a wrong address is better than none. */
function startAttempt(draft: DecisionDraft, task: ColdStartTask): void {
  const { config, crashes } = draft.state;
  const attempt = takeId(draft);
  const mode = config.canRunSessions && !crashes.record.rescue ? 'normal' : 'rescue';
  setTask(draft, { ...task, step: 'binding', attempt, revision: config.active, mode });
  const { listen } = config.active.content;
  addEffect(draft, { type: 'acquire_socket', attempt, listen, orPresent: true });
}

/** The candidate has failed; the next attempt begins with the pause that is due. */
export function retryColdStart(draft: DecisionDraft, task: ColdStartTask): void {
  setTask(draft, { ...task, step: 'waiting', pause: 'due', wanted: false, asked: [] });
}

/**
 * A generation serves. A restart that was to be this cold start has happened, unless it was requested in order to
 * leave rescue mode.
 */
export function finishColdStart(draft: DecisionDraft, { mode }: ColdStartTask): void {
  setTask(draft, { kind: 'none' });
  const wanted = draft.state.requests.handover;
  if (!wanted) return;
  updateRequests(draft, { handover: null });
  if (mode === 'rescue') requestHandover(draft, wanted);
}
