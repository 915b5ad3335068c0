import { withdrawProposal } from './config/revisions.ts';
import { cancelStart, killGeneration, startDraining } from './fleet/generations.ts';
import { failHandover } from './handover.ts';
import { cancelLiveChange } from './live-change.ts';
import {
  addEffect,
  addLog,
  type DecisionDraft,
  findCandidate,
  findServing,
  setTask,
  takeReportId,
  updateState,
  writeReport,
} from './model/draft.ts';
import { createReport, enterPhase, failReport, type ReportHead } from './model/report.ts';
import { answerChecks, createStoppingReply, dropCheck, updateRequests } from './requests.ts';

/** Exit code after Ctrl-C came twice: 128 + SIGINT, as shells report an interrupted process. */
const INTERRUPTED_EXIT_CODE = 130;

/** Exit code of a daemon whose store this release cannot use; service managers need not restart on it. */
const UNUSABLE_EXIT_CODE = 78;

/**
 * Requests a stop; returns the id of its report. Candidates are cancelled, and a live change is refused. A second
 * Ctrl-C ends every generation at once.
 */
export function requestStop(draft: DecisionDraft, reason: string, isInterrupt: boolean): string {
  const { requests } = draft.state;
  const interrupts = requests.interrupts + (isInterrupt ? 1 : 0);
  const stop = requests.stop ?? { id: takeReportId(draft), reason };
  updateRequests(draft, { stop, interrupts });
  if (!requests.stop) {
    const candidate = findCandidate(draft.state);
    if (candidate) cancelStart(draft, candidate);
    cancelLiveChange(draft, reason);
    dropCheck(draft);
  }
  if (interrupts > 1) {
    for (const each of draft.state.generations) killGeneration(draft, each, 'was killed: Ctrl-C came twice');
  }
  return stop.id;
}

/**
 * Begins to drain every generation, as soon as no candidate is left: one that was about to serve may still do so and
 * drains then.
 */
export function startStop(draft: DecisionDraft, { id, reason }: { id: string; reason: string }): void {
  if (findCandidate(draft.state)) return;
  addEffect(draft, { type: 'notify_stopping', reason });
  cancelPending(draft, reason);
  const serving = findServing(draft.state);
  const { number } = draft.state.config.active;
  const about = { cause: 'stop', reason, from: serving?.number ?? null } as const;
  const report = createReport({ id, ...about, revision: { from: number, to: number } }, draft.now);
  addEffect(draft, { type: 'open_report', report });
  const draining = writeReport(draft, enterPhase(report, 'draining', draft.now));
  const hint = reason === 'SIGINT' ? { hint: 'Ctrl-C again stops at once' } : {};
  addLog(draft, 'info', 'supervisor:draining', { pid: serving?.pid ?? null, what: 'stop', reason, ...hint });
  setTask(draft, { kind: 'stopping', report: serving ? null : draining });
  if (serving) startDraining(draft, serving, draining, draft.state.config.active.content.budgets);
}

/** Ends the supervisor when the last generation has ended. */
export function finishStop(draft: DecisionDraft, report: ReportHead | null, reason: string): void {
  if (draft.state.generations.length > 0) return;
  if (report) writeReport(draft, enterPhase(report, 'done', draft.now));
  const exitCode = draft.state.requests.interrupts > 1 ? INTERRUPTED_EXIT_CODE : 0;
  addLog(draft, 'info', 'supervisor:stopped', { reason, exitCode });
  finish(draft, exitCode, reason);
}

/**
 * Ends the supervisor because a generation refused the store at boot: this release cannot use it, so another try is
 * useless. The generation has written the reason to stderr.
 */
export function endAfterRefusal(draft: DecisionDraft, end: string): void {
  addLog(draft, 'fatal', 'supervisor:stopped', { end, exitCode: UNUSABLE_EXIT_CODE });
  cancelPending(draft, `the generation ${end}`);
  finish(draft, UNUSABLE_EXIT_CODE, `the generation ${end}`);
}

function finish(draft: DecisionDraft, exitCode: number, reason: string): void {
  setTask(draft, { kind: 'ended' });
  addEffect(draft, { type: 'finish', exitCode, reason });
}

/**
 * Refuses all pending requests because the daemon stops: the cold start, the file checks, and the handover that has
 * not begun or waits for its socket.
 */
function cancelPending(draft: DecisionDraft, reason: string): void {
  const { task, requests } = draft.state;
  const failure = `the daemon was stopped: ${reason}`;
  const wanted = task.kind === 'handover' && task.step === 'checking' ? task.request : requests.handover;
  updateRequests(draft, { handover: null });
  if (task.kind === 'cold_start') {
    answerChecks(draft, task.asked, createStoppingReply(reason));
    writeReport(draft, failReport(task.report, failure, draft.now));
  }
  if (task.kind === 'handover' && task.step === 'binding') failHandover(draft, task, failure);
  dropCheck(draft);
  answerChecks(draft, draft.state.requests.checks, createStoppingReply(reason));
  updateRequests(draft, { checks: [] });
  const { ahead } = draft.state;
  if (ahead) withdrawProposal(draft, ahead);
  updateState(draft, { fallBack: null, ahead: null });
  if (!wanted || (task.kind === 'cold_start' && wanted.id === task.report.id)) return;
  const { number } = draft.state.config.active;
  const about = { from: findServing(draft.state)?.number ?? null, revision: { from: number, to: number } };
  const report = createReport({ ...wanted, ...about }, draft.now);
  addEffect(draft, { type: 'open_report', report });
  writeReport(draft, failReport(report, failure, draft.now));
}
