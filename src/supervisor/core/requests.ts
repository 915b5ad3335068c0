import type { Cause, SupervisorReply, ToSupervisor } from '../ipc/messages.ts';
import {
  addEffect,
  type DecisionDraft,
  findServing,
  takeId,
  takeReportId,
  updateState,
} from './model/draft.ts';
import { createReport } from './model/report.ts';
import type { FileCheckRequest, HandoverRequest, RequestState } from './model/state.ts';

export function updateRequests(draft: DecisionDraft, changed: Partial<RequestState>): void {
  updateState(draft, { requests: { ...draft.state.requests, ...changed } });
}

/** What is said when a handover is requested. */
interface HandoverWish {
  cause: Cause;
  reason: string;
  /** Content that has failed before is tried again. */
  again: boolean;
  by?: string | null | undefined;
}

/**
 * Requests a handover to another generation. Returns the id of the handover that will fulfil the request, which may be
 * one that is already pending or under way.
 */
export function requestHandover(draft: DecisionDraft, wish: HandoverWish): string {
  const joinable = wish.again ? findJoinable(draft) : null;
  if (joinable !== null) return joinable;
  const pending = draft.state.requests.handover;
  const { by = null, cause, reason, again } = wish;
  const request: HandoverRequest = pending
    ? { ...pending, again: pending.again || again }
    : { id: findOpening(draft) ?? reserveReport(draft, wish), cause, reason, again, by, at: draft.now.date };
  updateRequests(draft, { handover: request });
  return request.id;
}

/** Finds a planned handover whose candidate is not ready yet, so that a restart that is requested now can join it. */
function findJoinable({ state }: DecisionDraft): string | null {
  const { task } = state;
  if (task.kind !== 'handover') return null;
  const { phase, id } = task.report;
  return phase === 'wanted' || phase === 'booting' ? id : null;
}

/**
 * Finds the cold start that fulfils a request: only while none of its generations serves, because a serving one may
 * have an older configuration or release than the one requested.
 */
function findOpening({ state }: DecisionDraft): string | null {
  return state.task.kind === 'cold_start' && !findServing(state) ? state.task.report.id : null;
}

function reserveReport(draft: DecisionDraft, { cause, reason }: HandoverWish): string {
  const id = takeReportId(draft);
  const { number } = draft.state.config.active;
  const from = findServing(draft.state)?.number ?? null;
  const report = createReport({ id, cause, reason, from, revision: { from: number, to: number } }, draft.now);
  addEffect(draft, { type: 'reserve_report', report });
  return id;
}

/** Requests a check of the file. A daemon that stops checks it at its next start. */
export function requestFileCheck(draft: DecisionDraft, request: FileCheckRequest): void {
  const { checks, checkCount, stop } = draft.state.requests;
  if (stop) return;
  updateRequests(draft, { checks: [...checks, request], checkCount: checkCount + 1 });
}

/** Starts a check of the file. At most one is under way; its result arrives as `file_checked`. */
export function startFileCheck(
  draft: DecisionDraft,
  requests: readonly FileCheckRequest[],
  again = false,
): void {
  const id = takeId(draft);
  const { active, canRunSessions } = draft.state.config;
  updateState(draft, { check: { id, requests, again } });
  const wantsDefaults = again && !canRunSessions;
  addEffect(draft, { type: 'check_file', check: id, active: active.content, wantsDefaults });
}

/** Starts the check that the pending requests ask for. */
export function startRequestedCheck(draft: DecisionDraft): void {
  const { checks } = draft.state.requests;
  updateRequests(draft, { checks: [] });
  startFileCheck(draft, checks);
}

/** Drops the check under way, because it compares with a state that has changed. Its requests are pending again. */
export function dropCheck(draft: DecisionDraft): void {
  const { check, requests } = draft.state;
  if (!check) return;
  updateState(draft, { check: null });
  updateRequests(draft, { checks: [...check.requests, ...requests.checks] });
}

/** Answers requests for a file check. `isBroken`: the file cannot be used as it is. */
export function answerChecks(
  draft: DecisionDraft,
  requests: readonly FileCheckRequest[],
  reply: SupervisorReply,
  isBroken = false,
): void {
  for (const request of requests) {
    if (request.by === 'client') sendAnswer(draft, request.generation, request.request, reply);
    if (request.by === 'signal') restartUnlessChanged(draft, request.reason, reply, isBroken);
  }
}

/** SIGHUP requests a restart when the file changes nothing, or is broken in rescue mode. */
function restartUnlessChanged(
  draft: DecisionDraft,
  reason: string,
  reply: SupervisorReply,
  isBroken: boolean,
): void {
  const isChange = reply.what === 'reload' && reply.applied !== 'none';
  if (draft.state.requests.stop || isChange || (isBroken && findServing(draft.state)?.mode === 'normal'))
    return;
  requestHandover(draft, { cause: 'signal', reason, again: true });
}

export function sendAnswer(draft: DecisionDraft, to: number, request: number, answer: SupervisorReply): void {
  addEffect(draft, { type: 'send', to, message: { type: 'answer', request, answer } });
}

/** Handles the request of an operator that a generation passes on; a stop is handled elsewhere. */
export function handleAsk(
  draft: DecisionDraft,
  generation: number,
  { request, what, reason, by }: Extract<ToSupervisor, { type: 'ask' }>,
): void {
  const { stop } = draft.state.requests;
  if (stop) {
    sendAnswer(draft, generation, request, createStoppingReply(stop.reason));
    return;
  }
  if (what === 'reload') {
    requestFileCheck(draft, { by: 'client', generation, request });
    return;
  }
  const handover = requestHandover(draft, { cause: 'restart', reason, again: true, by });
  sendAnswer(draft, generation, request, { what: 'restart', handover });
}

export function createStoppingReply(reason: string): SupervisorReply {
  return { what: 'refused', message: `The daemon is stopping: ${reason}.` };
}
