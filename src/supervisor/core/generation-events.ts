import type { ToSupervisor } from '../ipc/messages.ts';
import { finishColdStart, retryColdStart } from './cold-start.ts';
import { handleFailedGeneration } from './fall-back.ts';
import {
  endGeneration,
  handleClosedChannel,
  handleSessionMessage,
  isBeforeServing,
} from './fleet/generations.ts';
import { handleProbe, handleReady, handleStarted, promoteCandidate } from './fleet/promotion.ts';
import { failHandover, finishHandover } from './handover.ts';
import { failLiveChange, handleApplyAnswer } from './live-change.ts';
import { addEffect, type DecisionDraft, findGeneration } from './model/draft.ts';
import type { ProcessExit, SupervisorEvent } from './model/events.ts';
import type { GenerationRecord } from './model/generation.ts';
import type { GenerationEnd } from './model/state.ts';
import { dropCheck, handleAsk, sendAnswer } from './requests.ts';
import { requestStop } from './stop.ts';

/** Handles what a generation says and does; ignores one that has ended. */
export function handleGenerationEvent(
  draft: DecisionDraft,
  event: Extract<SupervisorEvent, { generation: number }>,
): void {
  const generation = findGeneration(draft.state, event.generation);
  if (!generation) return;
  switch (event.type) {
    case 'generation_started':
      handleStarted(draft, generation, event.pid, event.socket);
      break;
    case 'message_received':
      handleMessage(draft, generation, event.message);
      break;
    case 'channel_closed':
      handleClosedChannel(draft, generation);
      break;
    case 'generation_exited':
      handleExit(draft, generation, event);
      break;
    case 'probe_finished':
      handleProbe(draft, generation, event.fault);
      break;
  }
}

function handleMessage(draft: DecisionDraft, from: GenerationRecord, message: ToSupervisor): void {
  switch (message.type) {
    case 'ready':
      handleReady(draft, from, message);
      break;
    case 'serving':
      handleServing(draft, from);
      break;
    case 'applied':
      handleApplyAnswer(draft, from, message.revision, null);
      break;
    case 'refused':
      handleApplyAnswer(draft, from, message.revision, message.reason);
      break;
    case 'ask':
      if (message.what === 'stop') answerStop(draft, from.id, message);
      else handleAsk(draft, from.id, message);
      break;
    default:
      handleSessionMessage(draft, from, message);
  }
}

function answerStop(
  draft: DecisionDraft,
  from: number,
  { request, reason }: Extract<ToSupervisor, { type: 'ask' }>,
): void {
  const handover = requestStop(draft, reason, false);
  sendAnswer(draft, from, request, { what: 'stop', handover });
}

function handleServing(draft: DecisionDraft, from: GenerationRecord): void {
  const task = promoteCandidate(draft, from);
  if (!task) return;
  dropCheck(draft);
  if (task.kind === 'handover') finishHandover(draft);
  else finishColdStart(draft, task);
}

function handleExit(draft: DecisionDraft, generation: GenerationRecord, exit: ProcessExit): void {
  const end = endGeneration(draft, generation, exit);
  const { id, state } = generation;
  if (isBeforeServing(generation)) failAttempt(draft, id, end);
  if (state !== 'serving') return;
  dropCheck(draft);
  handleFailedGeneration(draft, end, false);
  failLiveChange(draft, id, end.end);
}

/** A candidate has ended before it served. */
function failAttempt(draft: DecisionDraft, id: number, end: GenerationEnd): void {
  const { task, requests, crashes, lastServing } = draft.state;
  // Otherwise the next attempt would find the address taken by this very process.
  addEffect(draft, { type: 'discard_socket', attempt: id });
  if (task.kind === 'handover') failHandover(draft, task, `the new generation ${end.end}`);
  if (task.kind !== 'cold_start' || requests.stop) return;
  retryColdStart(draft, task);
  const isHopeless = end.store === 'unusable' && (crashes.record.rescue || lastServing === null);
  handleFailedGeneration(draft, end, isHopeless);
}
