import { proposeRevision, rejectRevision } from './config/revisions.ts';
import { clearCrashHistory } from './fleet/crashes.ts';
import {
  addEffect,
  addLog,
  type DecisionDraft,
  findServing,
  setTask,
  takeId,
  writeReport,
} from './model/draft.ts';
import type { GenerationRecord } from './model/generation.ts';
import { createReport, failReport } from './model/report.ts';
import type { FileCheck } from './model/revision.ts';
import type { HandoverRequest, HandoverTask } from './model/state.ts';
import { startFileCheck, updateRequests } from './requests.ts';

/**
 * Begins a requested handover. The newest content of the file counts, not the content for which the handover was
 * requested, so the file is checked first.
 */
export function startHandover(
  draft: DecisionDraft,
  request: HandoverRequest,
  serving: GenerationRecord,
): void {
  const { active } = draft.state.config;
  const revision = { from: active.number, to: active.number };
  const report = createReport({ ...request, from: serving.number, revision }, draft.now);
  updateRequests(draft, { handover: null });
  const checking = { step: 'checking', mode: 'normal', attempt: 0, proposed: false, checkCount: 0 } as const;
  setTask(draft, { kind: 'handover', request, report, revision: active, ...checking });
}

/** The file has been checked; the handover opens its report and binds the socket of the candidate. */
export function continueHandover(draft: DecisionDraft, task: HandoverTask, found: FileCheck): void {
  const { request } = task;
  addEffect(draft, { type: 'open_report', report: task.report });
  const { active, canRunSessions } = draft.state.config;
  if (request.cause === 'config' && !request.again && found.what !== 'changed') {
    const failure = 'the configuration was changed again before the handover began, and needs none now';
    failHandover(draft, { ...task, revision: active }, failure);
    return;
  }
  const proposed = found.what === 'changed';
  const revision = proposed ? proposeRevision(draft, found) : active;
  const attempt = takeId(draft);
  const mode = proposed || canRunSessions ? 'normal' : 'rescue';
  setTask(draft, { ...task, step: 'binding', attempt, revision, proposed, mode });
  const { listen } = revision.content;
  addEffect(draft, { type: 'acquire_socket', attempt, listen, orPresent: false });
}

/**
 * Checks the file again while the handover is under way, so that withdrawn permissions take effect now; everything
 * else is decided after it.
 */
export function checkFileMeanwhile(draft: DecisionDraft, task: HandoverTask): void {
  const { checks, checkCount } = draft.state.requests;
  const isDue = checks.length > 0 && checkCount !== task.checkCount;
  if (!isDue || task.step === 'checking' || !findServing(draft.state)) return;
  setTask(draft, { ...task, checkCount });
  startFileCheck(draft, []);
}

/** Ends a handover that failed; the generation that serves is as it was, and continues to serve. */
export function failHandover(draft: DecisionDraft, task: HandoverTask, failure: string): void {
  const { report, request, revision, proposed } = task;
  setTask(draft, { kind: 'none' });
  writeReport(draft, failReport(report, failure, draft.now));
  addLog(draft, 'error', 'handover:failed', { handover: report.id, cause: request.cause, failure });
  // A candidate that was cancelled by a stop has not failed.
  if (!proposed || draft.state.requests.stop) return;
  rejectRevision(draft, revision, `revision ${revision.number} was given up: ${failure}`);
}

/** The candidate serves; the former generation drains while the supervisor serves again. */
export function finishHandover(draft: DecisionDraft): void {
  clearCrashHistory(draft);
  setTask(draft, { kind: 'none' });
}
