import { ExitCode } from '../../errors/errors.ts';
import type { Logger } from '../../telemetry/log.ts';
import {
  type CrashPolicy,
  type CrashRecord,
  computeStartDelay,
  NO_CRASHES,
  recordCrash,
  recordOutage,
  recordRefusal,
} from './crash-policy.ts';
import type { GenerationExit } from './generation-process.ts';

/**
 * Tracks the generations of one supervisor that ended without having been told to, and decides about pauses and
 * rescue mode.
 */
export class CrashHistory {
  readonly #policy: CrashPolicy;
  readonly #log: Logger;
  #record: CrashRecord = NO_CRASHES;
  #lastEnd = 'could not be started';

  constructor(policy: CrashPolicy, log: Logger) {
    this.#policy = policy;
    this.#log = log;
  }

  /** How the latest generation ended, as a sentence part such as "exited with code 1". */
  get lastEnd(): string {
    return this.#lastEnd;
  }

  /**
   * True while generations must start in rescue mode, until an operator has fixed the cause and requests a
   * restart.
   */
  get needsRescue(): boolean {
    return this.#record.rescue;
  }

  /** Returns the reason for rescue mode as a sentence; empty when crashes are not the reason. */
  get reasons(): string[] {
    if (!this.needsRescue) return [];
    return [
      `Generations keep crashing; the last one ${this.#lastEnd}. No session runs until you fix the cause and run \`midturn restart\`.`,
    ];
  }

  /** How long to wait before the next start, in ms. */
  get startDelay(): number {
    return computeStartDelay(this.#record, this.#policy);
  }

  recordExit(exit: GenerationExit): void {
    const { end, served } = exit;
    const before = this.#record;
    this.#lastEnd = end;
    if (isOutage(exit)) {
      this.#record = recordOutage(before);
      this.#log.error({ end, nextIn: this.startDelay }, 'journal:unavailable');
      return;
    }
    this.#record = isRefusal(exit) ? recordRefusal(before) : recordCrash(before, served, this.#policy);
    const { quick, rescue } = this.#record;
    this.#log.error({ end, served, quickCrashes: quick, nextIn: this.startDelay }, 'generation:crashed');
    if (rescue && !before.rescue) this.#log.error({ quickCrashes: quick }, 'supervisor:rescue');
  }

  /** Clears the history, because a request or a changed configuration gives the next attempt a better chance. */
  clearHistory(): void {
    this.#record = NO_CRASHES;
  }
}

/**
 * Checks whether the generation ended at boot because the store is unavailable now: no space, a failing disk, a
 * lock.
 */
export function isOutage({ code, served }: GenerationExit): boolean {
  return code === ExitCode.tryAgain && served === null;
}

/**
 * Checks whether the generation ended at boot because no further attempt can succeed, e.g. a store of a newer
 * release.
 */
export function isRefusal({ code, served }: GenerationExit): boolean {
  return code === ExitCode.config && served === null;
}
