import type { DaemonState } from '../ipc/messages.ts';
import { findCandidate, findServing } from './model/draft.ts';
import type { GenerationMode, GenerationRecord, GenerationState } from './model/generation.ts';
import type { ConfigState } from './model/revision.ts';
import type { CrashState, SupervisorState } from './model/state.ts';

/** The living generations as the status file shows them. */
export interface FleetStatus {
  /** Process id of the serving generation, or of the booting one when none serves; null when there is neither. */
  generationPid: number | null;
  generations: { pid: number | null; generation: number | null; state: GenerationState }[];
  /** Number of the serving generation; undefined when none serves. */
  serving: number | null | undefined;
  /** True while a candidate boots. */
  hasCandidate: boolean;
}

export function describeFleet(state: SupervisorState): FleetStatus {
  const serving = findServing(state);
  const candidate = findCandidate(state);
  const isRunning = ({ pid }: GenerationRecord) => pid !== null;
  return {
    generationPid: (serving ?? candidate)?.pid ?? null,
    generations: state.generations
      .filter(isRunning)
      .map((each) => ({ pid: each.pid, generation: each.number, state: each.state })),
    serving: serving?.number,
    hasCandidate: candidate !== null,
  };
}

/**
 * Builds the part of the status that a generation of this mode cannot know by itself, without the latest handover:
 * mode, reasons, revision state and file problem.
 */
export function describeDaemon(
  { config, crashes }: SupervisorState,
  mode: GenerationMode,
): Omit<DaemonState, 'handover'> {
  const rescue = mode === 'rescue';
  const reasons = [...(rescue ? explainRescue(crashes) : []), ...explainConfig(config)];
  const { active, file } = config;
  return {
    mode: rescue ? 'rescue' : reasons.length > 0 ? 'degraded' : 'normal',
    reasons,
    revision: { number: active.number, state: active.state },
    problem: file.problem,
  };
}

/** Returns the reason for rescue mode as a sentence; empty when crashes are not the reason. */
function explainRescue({ record, lastEnd }: CrashState): string[] {
  if (!record.rescue) return [];
  return [
    `Generations keep crashing; the last one ${lastEnd}. No session runs until you fix the cause and run \`midturn restart\`.`,
  ];
}

/** Returns as sentences why the daemon does not run what the file says; empty when it does. */
function explainConfig({ active, canRunSessions, file }: ConfigState): string[] {
  const { number, origin, state } = active;
  const which = state === 'good' ? 'the last known good one' : 'the last one that ran';
  const instead = origin === 'last-known-good' ? `, ${which}, runs instead` : ' is still active';
  const runs = canRunSessions ? `Revision ${number}${instead}` : 'No session runs until the file is fixed';
  if (file.problem) return [`${runs}: ${file.problem.message}`];
  return file.isMissing ? [`The configuration file is gone. ${runs}.`] : [];
}
