import type { ToGeneration, ToSupervisor } from '../../ipc/messages.ts';
import {
  addEffect,
  addLog,
  armTimer,
  type DecisionDraft,
  disarmTimer,
  findCandidate,
  updateGeneration,
  updateState,
  writeReport,
} from '../model/draft.ts';
import type { ProcessExit } from '../model/events.ts';
import type { GenerationRecord } from '../model/generation.ts';
import { enterPhase, type ReportHead } from '../model/report.ts';
import type { DrainLimits } from '../model/revision.ts';
import type { GenerationEnd } from '../model/state.ts';

/** How long a generation that is no longer wanted may take to serve before it is killed, in ms. */
const START_GRACE = 2_000;

/** How long a generation that has closed its IPC channel may take to exit before it is killed, in ms. */
const ORPHAN_GRACE = 2_000;

/**
 * How long a candidate may still take to serve when the serving generation has crashed meanwhile, in ms; then another
 * one is started.
 */
const HURRY_LIMIT = 5_000;

/** Kills the process at once. `reason` is reported as its end. */
export function killGeneration(draft: DecisionDraft, generation: GenerationRecord, reason: string): void {
  updateGeneration(draft, generation.id, { killed: generation.killed ?? reason });
  addEffect(draft, { type: 'kill', generation: generation.id });
}

function killAfter(draft: DecisionDraft, generation: GenerationRecord, ms: number, reason: string): void {
  updateGeneration(draft, generation.id, { killReason: reason });
  armTimer(draft, 'kill', generation.id, ms);
}

export function handleKillTimer(draft: DecisionDraft, generation: GenerationRecord): void {
  if (generation.killReason !== null) killGeneration(draft, generation, generation.killReason);
}

export function handleBootTimer(draft: DecisionDraft, generation: GenerationRecord): void {
  if (!isBeforeServing(generation)) return;
  killGeneration(draft, generation, `was killed: it did not serve within ${generation.bootLimit} ms`);
}

/**
 * Cancels a generation that is no longer wanted. If it may already be serving, waits up to `START_GRACE` for it to
 * reach a state that it can drain from.
 */
export function cancelStart(draft: DecisionDraft, generation: GenerationRecord): void {
  const reason = 'was stopped before it served';
  const { state } = generation;
  if (state === 'booting' || state === 'ready') killGeneration(draft, generation, reason);
  if (state === 'starting') killAfter(draft, generation, START_GRACE, reason);
}

/** A generation without its channel is out of control and is killed. A draining one closes it on its way out. */
export function handleClosedChannel(draft: DecisionDraft, generation: GenerationRecord): void {
  if (generation.state === 'draining') return;
  killAfter(draft, generation, ORPHAN_GRACE, 'was killed: it closed its IPC channel');
}

/**
 * Asks the serving generation to finish its steps within the drain cap and to exit. It is killed when it exceeds its
 * budget. `departure` is the report of the handover, which names the generation that takes over.
 */
export function startDraining(
  draft: DecisionDraft,
  generation: GenerationRecord,
  departure: ReportHead,
  { drainCap, kill }: DrainLimits,
): void {
  const { reason, to } = departure;
  disarmTimer(draft, 'health', generation.id);
  updateGeneration(draft, generation.id, { state: 'draining', departure });
  const message = { type: 'drain', reason, cap: drainCap, to } as const;
  addEffect(draft, { type: 'send', to: generation.id, message });
  killAfter(draft, generation, kill, `was killed: it still drained ${kill} ms after it was told to`);
}

/**
 * Handles what a generation says about its sessions: writes it to the reports of the handovers that it arrived and
 * leaves with, and tells later generations which sessions are free.
 */
export function handleSessionMessage(
  draft: DecisionDraft,
  from: GenerationRecord,
  message: SessionMessage,
): void {
  const report = message.type === 'resumed' ? from.arrival : from.departure?.id;
  if (message.type !== 'poke' && report !== undefined)
    addEffect(draft, { type: 'report_sessions', report, message, clock: draft.now.clock });
  if (message.type === 'resumed') return;
  if (message.type === 'left') updateGeneration(draft, from.id, { settled: true });
  const { number } = from;
  if (number === null) return;
  notifyLater(
    draft,
    from,
    message.type === 'left'
      ? { type: 'left', generation: number }
      : { type: 'moved', generation: number, session: message.session },
  );
}

type SessionMessage = Extract<ToSupervisor, { type: 'left' | 'moved' | 'poke' | 'resumed' }>;

/** Sends a message about an earlier generation to all later ones that know about it. */
function notifyLater(
  draft: DecisionDraft,
  than: GenerationRecord,
  message: Extract<ToGeneration, { type: 'left' | 'moved' | 'gone' }>,
): void {
  for (const { id, informed, number } of draft.state.generations) {
    if (informed && id !== than.id && (number ?? 0) > (than.number ?? 0))
      addEffect(draft, { type: 'send', to: id, message });
  }
}

/**
 * Removes a generation whose process has ended, tells later generations that its sessions are free, and completes the
 * report that it leaves with. Returns how it ended.
 */
export function endGeneration(
  draft: DecisionDraft,
  generation: GenerationRecord,
  exit: ProcessExit,
): GenerationEnd {
  const { id, number, state } = generation;
  if (number !== null) notifyLater(draft, generation, { type: 'gone', generation: number });
  for (const kind of ['boot', 'kill', 'health'] as const) disarmTimer(draft, kind, id);
  updateState(draft, { generations: draft.state.generations.filter((each) => each.id !== id) });
  const end = describeEnd(draft, generation, exit);
  if (state === 'serving') noteCrash(draft, generation);
  if (state === 'draining') finishDeparture(draft, generation, end);
  return end;
}

function describeEnd(draft: DecisionDraft, generation: GenerationRecord, exit: ProcessExit): GenerationEnd {
  const { code, signal, failure } = exit;
  const how = signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
  const killed = signal === 'SIGKILL' ? generation.killed : null;
  const { servingSince, state } = generation;
  return {
    end: failure === null ? (killed ?? how) : `could not be started: ${failure}`,
    store: servingSince === null ? exit.store : null,
    served: servingSince === null ? null : Math.round(draft.now.clock - servingSince),
    drained: state === 'draining' && code === 0,
  };
}

/** Notes that no generation serves; a candidate that boots has to hurry then. */
function noteCrash(draft: DecisionDraft, { mode, number }: GenerationRecord): void {
  if (mode === 'normal') updateState(draft, { crashed: number });
  const candidate = findCandidate(draft.state);
  if (!candidate) return;
  updateGeneration(draft, candidate.id, { bootLimit: HURRY_LIMIT });
  armTimer(draft, 'boot', candidate.id, HURRY_LIMIT);
}

function finishDeparture(draft: DecisionDraft, generation: GenerationRecord, end: GenerationEnd): void {
  const { pid, number, departure } = generation;
  const ended = { pid, generation: number, end: end.end };
  if (end.drained) addLog(draft, 'info', 'generation:ended', ended);
  else addLog(draft, 'warn', 'generation:ended', ended);
  if (departure) writeReport(draft, enterPhase(departure, 'done', draft.now));
}

export function isBeforeServing({ state }: GenerationRecord): boolean {
  return state === 'booting' || state === 'ready' || state === 'starting';
}
