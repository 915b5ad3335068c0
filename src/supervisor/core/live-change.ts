import type { SupervisorReply } from '../ipc/messages.ts';
import {
  activateRevision,
  applyAhead,
  proposeRevision,
  rejectRevision,
  requestApply,
  startTrial,
} from './config/revisions.ts';
import {
  addLog,
  armTimer,
  type DecisionDraft,
  disarmTimer,
  findGeneration,
  listLeaving,
  setTask,
  takeId,
  updateGeneration,
  updateState,
} from './model/draft.ts';
import type { GenerationRecord } from './model/generation.ts';
import type { ChangedFile, FileCheck } from './model/revision.ts';
import type { FileCheckRequest, LiveChangeTask } from './model/state.ts';
import { answerChecks, createStoppingReply, requestHandover } from './requests.ts';

/** How long a generation may take to apply a configuration before the change counts as refused, in ms. */
const APPLY_TIMEOUT = 10_000;

/** Handles what a check found while a generation serves: nothing, a live change, or a handover. */
export function followFile(
  draft: DecisionDraft,
  serving: GenerationRecord,
  requests: readonly FileCheckRequest[],
  found: FileCheck,
): void {
  const { active } = draft.state.config;
  if (found.what === 'same' && found.refreshed) requestApply(draft, active);
  if (found.what !== 'changed') {
    answerUnchanged(draft, requests, found);
    return;
  }
  if (found.how === 'live' && serving.mode === 'normal') {
    startLiveChange(draft, serving, requests, found);
    return;
  }
  // The handover has to wait until the leaving generations have ended.
  if (listLeaving(draft.state).length > 0 && serving.mode === 'normal')
    applyAhead(draft, proposeRevision(draft, found));
  const { keys } = found;
  const wish = { cause: 'config', reason: `changed: ${keys.join(', ')}`, again: false } as const;
  const handover = requestHandover(draft, wish);
  const reply = { what: 'reload', revision: active.number, applied: 'handover', handover, keys } as const;
  answerChecks(draft, requests, reply);
}

/** Answers a check that found nothing to bring into force. */
export function answerUnchanged(
  draft: DecisionDraft,
  requests: readonly FileCheckRequest[],
  found: Exclude<FileCheck, { what: 'changed' }>,
): void {
  const revision = draft.state.config.active.number;
  const reply: SupervisorReply =
    found.what === 'unusable'
      ? { what: 'refused', message: found.message }
      : { what: 'reload', revision, applied: 'none', handover: null, keys: [] };
  answerChecks(draft, requests, reply, found.what === 'unusable' && found.why === 'broken');
}

/**
 * Sends a changed configuration to running generations, without a handover. Leaving generations receive it too, so
 * that no generation uses a permission that was withdrawn; whether the change holds is decided by the serving one.
 */
function startLiveChange(
  draft: DecisionDraft,
  serving: GenerationRecord,
  requests: readonly FileCheckRequest[],
  changed: ChangedFile,
): void {
  const revision = proposeRevision(draft, changed);
  const id = takeId(draft);
  setTask(draft, { kind: 'live_change', id, generation: serving.id, revision, requests });
  requestApply(draft, revision);
  armTimer(draft, 'apply', id, APPLY_TIMEOUT);
}

/** Handles the answer of a generation to a configuration that it was asked to apply; `refusal` is null when it holds. */
export function handleApplyAnswer(
  draft: DecisionDraft,
  from: GenerationRecord,
  revision: number,
  refusal: string | null,
): void {
  const { task } = draft.state;
  if (task.kind !== 'live_change' || task.generation !== from.id || task.revision.number !== revision) return;
  if (refusal === null) acceptLiveChange(draft, task);
  else refuseLiveChange(draft, task, refusal);
}

export function handleApplyTimer(draft: DecisionDraft, id: number): void {
  const { task } = draft.state;
  if (task.kind !== 'live_change' || task.id !== id) return;
  refuseLiveChange(draft, task, `the generation did not answer within ${APPLY_TIMEOUT / 1000} s`);
}

/** The generation that was asked to apply the change has ended. */
export function failLiveChange(draft: DecisionDraft, generation: number, end: string): void {
  const { task } = draft.state;
  if (task.kind === 'live_change' && task.generation === generation)
    refuseLiveChange(draft, task, `the generation ${end}`);
}

/** The daemon stops: what becomes of the revision is decided at its next start. */
export function cancelLiveChange(draft: DecisionDraft, reason: string): void {
  const { task } = draft.state;
  if (task.kind !== 'live_change') return;
  const reply = createStoppingReply(reason);
  closeLiveChange(draft, task, reply);
}

function acceptLiveChange(draft: DecisionDraft, task: LiveChangeTask): void {
  const { revision, generation } = task;
  const { number, keys } = revision;
  const serving = findGeneration(draft.state, generation);
  updateGeneration(draft, generation, { revision: number });
  const { lastServing } = draft.state;
  updateState(draft, { lastServing: lastServing && { ...lastServing, revision: number } });
  activateRevision(draft, revision);
  if (serving?.mode === 'normal') startTrial(draft);
  addLog(draft, 'info', 'config:applied', { revision: number, keys });
  closeLiveChange(draft, task, { what: 'reload', revision: number, applied: 'live', handover: null, keys });
}

/** Brings the former revision into force again, and marks the new one failed. */
function refuseLiveChange(draft: DecisionDraft, task: LiveChangeTask, refusal: string): void {
  const { revision } = task;
  requestApply(draft, draft.state.config.active);
  rejectRevision(draft, revision, `revision ${revision.number} was not applied: ${refusal}`);
  closeLiveChange(draft, task, { what: 'refused', message: refusal });
}

function closeLiveChange(draft: DecisionDraft, task: LiveChangeTask, reply: SupervisorReply): void {
  const { id, requests } = task;
  disarmTimer(draft, 'apply', id);
  setTask(draft, { kind: 'none' });
  answerChecks(draft, requests, reply);
}
