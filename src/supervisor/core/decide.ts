import {
  advanceColdStart,
  followFileInColdStart,
  handleAddressOpened,
  handlePauseTimer,
  openColdStart,
} from './cold-start.ts';
import { judgeFinding } from './config/file-check.ts';
import { applyAhead, handleTrialTimer, proposeRevision, settleAhead } from './config/revisions.ts';
import { describeFleet } from './describe.ts';
import { handleRestored } from './fall-back.ts';
import { handleBootTimer, handleKillTimer } from './fleet/generations.ts';
import { handleHealthTimer } from './fleet/health.ts';
import { startCandidate } from './fleet/promotion.ts';
import { handleGenerationEvent } from './generation-events.ts';
import { checkFileMeanwhile, continueHandover, failHandover, startHandover } from './handover.ts';
import { followFile, handleApplyTimer } from './live-change.ts';
import {
  addEffect,
  type DecisionDraft,
  findGeneration,
  findServing,
  listLeaving,
  updateState,
} from './model/draft.ts';
import type { SupervisorEffect } from './model/effects.ts';
import type { SupervisorEvent, SupervisorTimer } from './model/events.ts';
import type { Moment } from './model/moment.ts';
import type { FileFinding } from './model/revision.ts';
import type { SupervisorState } from './model/state.ts';
import { requestFileCheck, startFileCheck, startRequestedCheck } from './requests.ts';
import { finishStop, requestStop, startStop } from './stop.ts';

/** What follows from one event. */
export interface SupervisorDecision {
  state: SupervisorState;
  /** What the shell has to do, in this order. Its results are further events. */
  effects: readonly SupervisorEffect[];
}

/**
 * Decides what follows from an event: the next state of the supervisor and what its shell has to do. Pure: equal
 * arguments give equal results, and the arguments are not changed. An event that nothing waits for changes nothing.
 */
export function decideSupervisor(
  before: SupervisorState,
  event: SupervisorEvent,
  now: Moment,
): SupervisorDecision {
  const draft: DecisionDraft = { state: before, now, effects: [] };
  applyEvent(draft, event);
  for (let last: SupervisorState | null = null; draft.state !== last; ) {
    last = draft.state;
    advanceTask(draft);
  }
  addPublications(draft, before);
  return { state: draft.state, effects: draft.effects };
}

/**
 * What clients see is published first, so that a client that gets an answer can ask for it; the status file is written
 * last, because it shows the address that the effects may have changed.
 */
function addPublications({ state, effects }: DecisionDraft, before: SupervisorState): void {
  if (before.config !== state.config || before.crashes !== state.crashes)
    effects.unshift({ type: 'publish_state' });
  if (before.generations === state.generations) return;
  if (JSON.stringify(describeFleet(before)) !== JSON.stringify(describeFleet(state)))
    effects.push({ type: 'write_status' });
}

function applyEvent(draft: DecisionDraft, event: SupervisorEvent): void {
  if (event.type === 'socket_acquired') handleSocket(draft, event.attempt, event.failure);
  else if (draft.state.task.kind === 'ended') return;
  else if ('generation' in event) handleGenerationEvent(draft, event);
  else applyOtherEvent(draft, event);
}

function applyOtherEvent(
  draft: DecisionDraft,
  event: Exclude<SupervisorEvent, { type: 'socket_acquired' } | { generation: number }>,
): void {
  switch (event.type) {
    case 'file_changed':
      requestFileCheck(draft, { by: 'watch' });
      break;
    case 'reload_requested':
      requestFileCheck(draft, { by: 'signal', reason: event.reason });
      break;
    case 'stop_requested':
      requestStop(draft, event.reason, event.isInterrupt);
      break;
    case 'file_checked':
      handleFileChecked(draft, event.check, event.finding);
      break;
    case 'good_revision_restored':
      handleRestored(draft, event.good);
      break;
    case 'address_opened':
      handleAddressOpened(draft, event.attempt, event.failure);
      break;
    case 'timer_fired':
      handleTimer(draft, event.timer);
      break;
  }
}

function handleSocket(draft: DecisionDraft, attempt: number, failure: string | null): void {
  const { task } = draft.state;
  const isPromotion = task.kind === 'cold_start' || task.kind === 'handover';
  if (isPromotion && task.step === 'binding' && task.attempt === attempt) {
    if (failure === null) startCandidate(draft, task);
    else if (task.kind === 'handover') failHandover(draft, task, failure);
  } else if (failure === null) addEffect(draft, { type: 'discard_socket', attempt });
}

function handleFileChecked(draft: DecisionDraft, id: number, finding: FileFinding): void {
  const { check } = draft.state;
  if (check?.id !== id) return;
  updateState(draft, { check: null });
  const found = judgeFinding(draft, finding, check.again);
  const { task } = draft.state;
  const serving = findServing(draft.state);
  if (task.kind === 'cold_start') followFileInColdStart(draft, task, check, found);
  else if (task.kind === 'handover' && task.step === 'checking') continueHandover(draft, task, found);
  else if (task.kind === 'none' && serving) followFile(draft, serving, check.requests, found);
  else if (found.what === 'changed' && serving?.mode === 'normal')
    applyAhead(draft, proposeRevision(draft, found));
}

function handleTimer(draft: DecisionDraft, { kind, of }: SupervisorTimer): void {
  if (kind === 'trial') handleTrialTimer(draft, of);
  if (kind === 'pause') handlePauseTimer(draft, of);
  if (kind === 'apply') handleApplyTimer(draft, of);
  const generation = findGeneration(draft.state, of);
  if (!generation) return;
  if (kind === 'boot') handleBootTimer(draft, generation);
  if (kind === 'kill') handleKillTimer(draft, generation);
  if (kind === 'health') handleHealthTimer(draft, generation);
}

/**
 * Takes the next step of what the supervisor does. It does one thing at a time:
 *
 *   cold start   → no generation serves: one is started, at once or after a pause; left when it serves
 *   none         → a generation serves; left by a crash, a request, or a change of the configuration file
 *   live change  → the serving generation applies a changed configuration
 *   handover     → a candidate boots beside the serving generation; left when the candidate serves or has failed
 *   stopping     → a stop was requested: every generation drains within its budgets; the end
 *
 * After a handover the former generation drains while the supervisor is serving again. The next handover waits until
 * that generation has ended; file checks and live changes do not wait. A stop ends any of these.
 */
function advanceTask(draft: DecisionDraft): void {
  const { task, requests, check, fallBack } = draft.state;
  if (task.kind === 'ended') return;
  if (task.kind === 'stopping') finishStop(draft, task.report, requests.stop?.reason ?? '');
  else if (requests.stop) startStop(draft, requests.stop);
  else if (check || fallBack) return;
  else if (task.kind === 'cold_start') advanceColdStart(draft, task);
  else if (task.kind === 'handover' && task.step === 'checking')
    startFileCheck(draft, [], task.request.again);
  else if (task.kind === 'handover') checkFileMeanwhile(draft, task);
  else if (task.kind === 'none') advanceIdle(draft);
}

function advanceIdle(draft: DecisionDraft): void {
  const { requests } = draft.state;
  const serving = findServing(draft.state);
  if (!serving) openColdStart(draft);
  else if (requests.checks.length > 0) startRequestedCheck(draft);
  else if (!requests.handover) settleAhead(draft);
  else if (listLeaving(draft.state).length === 0) startHandover(draft, requests.handover, serving);
}
