import type { ReportHead } from './report.ts';

/** The states of a generation in their order; a generation never returns to an earlier one. */
export const GENERATION_STATES = ['booting', 'ready', 'starting', 'serving', 'draining', 'ended'] as const;
export type GenerationState = (typeof GENERATION_STATES)[number];

/** How a generation was started: `rescue` answers on the API and runs no session. */
export type GenerationMode = 'normal' | 'rescue';

/**
 * One living generation process as the supervisor sees it.
 *
 *   booting  → the process runs; left by its message `ready`
 *   ready    → it has checked everything and is probed; left when it is told to serve
 *   starting → left by its message `serving`. A generation that does not get there within the boot limit is killed
 *   serving  → left by a drain or by a crash
 *   draining → left by its exit, or by a kill when its budget is used up
 *
 * A generation whose process has ended is no longer in the state of the supervisor.
 */
export interface GenerationRecord {
  /** Number of the attempt that started it; counts the processes of one supervisor. */
  id: number;
  mode: GenerationMode;
  /** Number of the configuration revision that it runs. */
  revision: number;
  /** Process id and path of the private socket; null until the process runs, or when it could not be started. */
  pid: number | null;
  socket: string | null;
  /** Number and version that it reports when it is ready; null before. */
  number: number | null;
  version: string | null;
  state: GenerationState;
  /** Why it was killed, while its end is not known yet; null when it was not. */
  killed: string | null;
  /** Time in ms until it must serve, counted from its start or from the crash of the serving generation. */
  bootLimit: number;
  /** Why it is killed when its timer `kill` fires; null while no such timer runs. */
  killReason: string | null;
  /** When it began to serve, by the monotonic clock; null before. */
  servingSince: number | null;
  /** Health probes in a row: passed ones while it is ready, failed ones while it serves. */
  probes: number;
  /** When the last health probe was started, by the monotonic clock. */
  probedAt: number;
  /** It was told to serve, so it knows the earlier generations and must hear what becomes of their sessions. */
  informed: boolean;
  /** It has said which sessions it keeps until their next step boundary. */
  settled: boolean;
  /** Id of the report of the handover that started it. */
  arrival: string;
  /** Report of the handover that it leaves with; null until it drains. */
  departure: ReportHead | null;
}

export function createGeneration(
  about: Pick<GenerationRecord, 'id' | 'mode' | 'revision' | 'bootLimit' | 'arrival'>,
): GenerationRecord {
  return {
    ...about,
    ...{ pid: null, socket: null, number: null, version: null, state: 'booting', killed: null },
    ...{ killReason: null, servingSince: null, probes: 0, probedAt: 0, informed: false, settled: false },
    departure: null,
  };
}
