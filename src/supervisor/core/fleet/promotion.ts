import type { ToSupervisor } from '../../ipc/messages.ts';
import { activateRevision, startTrial } from '../config/revisions.ts';
import {
  addEffect,
  addLog,
  armTimer,
  type DecisionDraft,
  disarmTimer,
  findServing,
  setTask,
  updateGeneration,
  updateState,
  writeReport,
} from '../model/draft.ts';
import { createGeneration, type GenerationRecord } from '../model/generation.ts';
import { enterPhase, markUpgrade, setReportRevision, toNotice } from '../model/report.ts';
import type { ColdStartTask, HandoverTask } from '../model/state.ts';
import { killGeneration, startDraining } from './generations.ts';
import { handleServingProbe, startProbe } from './health.ts';

/** Number of successive health probes that a candidate must pass before it may serve. */
const REQUIRED_PROBES = 3;

/** A task that brings a generation to serve. */
export type PromotionTask = ColdStartTask | HandoverTask;

/** Starts the candidate of the task, whose socket is bound. The task waits for it from now on. */
export function startCandidate(draft: DecisionDraft, task: PromotionTask): void {
  const { attempt: id, revision, mode } = task;
  const { bootLimit } = draft.state.settings;
  const report = setReportRevision(task.report, revision.number, revision.keys);
  const booting = writeReport(draft, enterPhase(report, 'booting', draft.now));
  setTask(draft, { ...task, step: 'booting', report: booting });
  const about = { id, mode, revision: revision.number, bootLimit, arrival: report.id };
  updateState(draft, { generations: [...draft.state.generations, createGeneration(about)] });
  armTimer(draft, 'boot', id, bootLimit);
  addEffect(draft, { type: 'start_generation', generation: id, mode, revision });
}

export function handleStarted(
  draft: DecisionDraft,
  { id, mode, revision }: GenerationRecord,
  pid: number | null,
  socket: string | null,
): void {
  updateGeneration(draft, id, { pid, socket });
  addLog(draft, 'info', 'generation:started', { pid, mode, revision });
}

/** The candidate has checked everything; it is probed before it may serve. */
export function handleReady(
  draft: DecisionDraft,
  generation: GenerationRecord,
  { generation: number, version }: Extract<ToSupervisor, { type: 'ready' }>,
): void {
  if (generation.state !== 'booting' || generation.killed !== null) return;
  const ready = updateGeneration(draft, generation.id, { state: 'ready', number, version });
  const task = findPromotion(draft, generation);
  if (!ready || !task) return;
  const before = draft.state.lastServing?.version ?? version;
  const report = markUpgrade({ ...task.report, to: number }, before, version);
  setTask(draft, { ...task, report: writeReport(draft, enterPhase(report, 'ready', draft.now)) });
  addEffect(draft, { type: 'send_state', to: generation.id });
  startProbe(draft, ready);
}

export function handleProbe(draft: DecisionDraft, generation: GenerationRecord, fault: string | null): void {
  if (generation.killed !== null) return;
  if (generation.state === 'serving') {
    handleServingProbe(draft, generation, fault);
    return;
  }
  if (generation.state !== 'ready') return;
  if (fault !== null) {
    killGeneration(draft, generation, `was killed: its health check failed, ${fault}`);
    return;
  }
  const probes = generation.probes + 1;
  const probed = updateGeneration(draft, generation.id, { probes });
  if (!probed) return;
  if (probes < REQUIRED_PROBES) startProbe(draft, probed);
  else startServing(draft, probed);
}

/**
 * Tells a candidate to serve. It learns which earlier generations still run, and from now on what becomes of their
 * sessions.
 */
function startServing(draft: DecisionDraft, candidate: GenerationRecord): void {
  const task = findPromotion(draft, candidate);
  if (!task) return;
  const { generations, crashed } = draft.state;
  const earlier = generations.filter(({ id }) => id !== candidate.id);
  const alive = earlier.flatMap(({ number, socket }) =>
    number === null || socket === null ? [] : [{ generation: number, socket }],
  );
  const served = findServing(draft.state) !== null;
  updateGeneration(draft, candidate.id, { state: 'starting', probes: 0, informed: true });
  const message = { type: 'serve', alive, served, crashed, notice: toNotice(task.report) } as const;
  addEffect(draft, { type: 'send', to: candidate.id, message });
  for (const { settled, number } of earlier) {
    if (settled && number !== null)
      addEffect(draft, { type: 'send', to: candidate.id, message: { type: 'left', generation: number } });
  }
}

/**
 * Makes a candidate that says it serves the serving generation; the former one drains. Returns the task that this
 * fulfils, or null when the message counts for nothing: a generation may have sent it just before it was killed.
 */
export function promoteCandidate(draft: DecisionDraft, candidate: GenerationRecord): PromotionTask | null {
  const task = findPromotion(draft, candidate);
  if (candidate.state !== 'starting' || candidate.killed !== null || !task) return null;
  const former = findServing(draft.state);
  const { id, mode, number, version } = candidate;
  for (const kind of ['boot', 'kill'] as const) disarmTimer(draft, kind, id);
  const serving = { state: 'serving', servingSince: draft.now.clock, killReason: null } as const;
  const promoted = updateGeneration(draft, id, serving);
  activateRevision(draft, task.revision);
  if (mode === 'normal') {
    updateState(draft, { crashed: null });
    startTrial(draft);
  }
  addEffect(draft, { type: 'adopt_socket', attempt: id });
  updateState(draft, { lastServing: { number, version, revision: candidate.revision } });
  if (promoted) startProbe(draft, promoted);
  drainFormer(draft, former, task);
  addEffect(draft, { type: 'send_state', to: id });
  return task;
}

function drainFormer(draft: DecisionDraft, former: GenerationRecord | null, { report }: PromotionTask): void {
  const { now } = draft;
  const serving = writeReport(draft, enterPhase(report, 'serving', now));
  const next = writeReport(draft, enterPhase(serving, former ? 'draining' : 'done', now));
  if (former) startDraining(draft, former, next, draft.state.config.active.content.budgets);
}

/** Returns the task that waits for this candidate. */
function findPromotion({ state }: DecisionDraft, { id }: GenerationRecord): PromotionTask | null {
  const { task } = state;
  const isPromotion = task.kind === 'cold_start' || task.kind === 'handover';
  return isPromotion && task.step === 'booting' && task.attempt === id ? task : null;
}
