import { ExitCode } from '../../errors/errors.ts';
import type { Logger } from '../../telemetry/log.ts';
import {
  afterCrash,
  afterOutage,
  afterRefusal,
  type CrashPolicy,
  type CrashRecord,
  delayBeforeStart,
  noCrashes,
} from './crash-policy.ts';
import type { GenerationExit } from './generation-process.ts';

/** The generations of one supervisor that ended though nobody had told them to. */
export class Crashes {
  readonly #policy: CrashPolicy;
  readonly #log: Logger;
  #record: CrashRecord = noCrashes;
  #last = 'could not be started';

  constructor(policy: CrashPolicy, log: Logger) {
    this.#policy = policy;
    this.#log = log;
  }

  /** How the last one ended. */
  get last(): string {
    return this.#last;
  }

  /** Generations run no session until somebody has mended the cause. */
  get rescue(): boolean {
    return this.#record.rescue;
  }

  /** In words why, when it is for crashes. */
  get reasons(): string[] {
    if (!this.rescue) return [];
    return [
      `Generations do not stay up; the last one ${this.#last}. No session runs until the cause is mended and a restart is asked for (\`midturn restart\`).`,
    ];
  }

  /** How long to wait before the next start, in ms. */
  get delay(): number {
    return delayBeforeStart(this.#record, this.#policy);
  }

  note(exit: GenerationExit): void {
    const { end, served } = exit;
    const before = this.#record;
    this.#last = end;
    if (isOutage(exit)) {
      this.#record = afterOutage(before);
      this.#log.error({ end, nextIn: this.delay }, 'journal:unavailable');
      return;
    }
    this.#record = isRefusal(exit) ? afterRefusal(before) : afterCrash(before, served, this.#policy);
    const { quick, rescue } = this.#record;
    this.#log.error({ end, served, quickCrashes: quick, nextIn: this.delay }, 'generation:crashed');
    if (rescue && !before.rescue) this.#log.error({ quickCrashes: quick }, 'supervisor:rescue');
  }

  /** Something has changed that lets another try be worth while. */
  forget(): void {
    this.#record = noCrashes;
  }
}

/** It said at boot that the store is unavailable now: no space, a disk that fails, a lock. */
export function isOutage({ code, served }: GenerationExit): boolean {
  return code === ExitCode.tryAgain && served === null;
}

/** It said at boot that no further try can succeed. */
export function isRefusal({ code, served }: GenerationExit): boolean {
  return code === ExitCode.config && served === null;
}
