import type { EventEmitter } from 'node:events';
import { chmodSync, mkdirSync } from 'node:fs';
import { ExitCode } from '../errors/errors.ts';
import type { Logger } from '../telemetry/log.ts';
import { entryPoint } from '../util/entry.ts';
import type { Home } from '../util/home.ts';
import { acquireLock, type Lock } from '../util/lock.ts';
import { type Budgets, budgetsFor } from './budgets.ts';
import {
  afterCrash,
  afterRefusal,
  type CrashPolicy,
  type CrashRecord,
  defaultCrashPolicy,
  delayBeforeStart,
  noCrashes,
} from './crash-policy.ts';
import { type GenerationExit, type GenerationOptions, GenerationProcess } from './generation-process.ts';
import { bindListeners, type Listeners } from './listeners.ts';
import type { ToSupervisor } from './messages.ts';
import { readSupervisorStatus, removeSupervisorStatus, writeSupervisorStatus } from './status-file.ts';
import { Wishes } from './wishes.ts';

export interface SupervisorOptions {
  home: Home;
  /** `host:port` for the TCP socket; port 0 takes any free one. */
  listen: string;
  /** How long a draining generation may finish its steps, in ms. */
  drainCap: number;
  log: Logger;
  /** Entry module of a generation; default `src/generation/main`. */
  generation?: URL;
  /** Where SIGTERM, SIGINT and SIGHUP come from; default this process. */
  signals?: EventEmitter;
  /** From a generation's start until it serves, in ms; default 30 s. */
  bootLimit?: number;
  crashPolicy?: CrashPolicy;
}

/** Why the supervisor ended, and with which code its process shall exit. */
export interface ExitReason {
  exitCode: number;
  reason: string;
}

/**
 * Runs the daemon of one home until somebody stops it. Rejects only before the first generation starts:
 * AlreadyRunningError, or the errors of `bindListeners`.
 */
export async function runSupervisor(options: SupervisorOptions): Promise<ExitReason> {
  const { home, log } = options;
  const wishes = new Wishes();
  const disobey = wishes.obey(options.signals ?? process);
  let lock: Lock | undefined;
  let listeners: Listeners | undefined;
  try {
    mkdirSync(home.run, { recursive: true, mode: 0o700 });
    chmodSync(home.run, 0o700);
    lock = acquireLock(home.lock);
    const leftover = readSupervisorStatus(home);
    removeSupervisorStatus(home);
    listeners = await bindListeners(options.listen, home.socket, leftover ? leftoverPatience : 0);
    log.info({ address: listeners.address }, 'supervisor:listening');
    return await new Supervisor(options, wishes, listeners).run();
  } finally {
    disobey();
    if (lock) removeSupervisorStatus(home);
    listeners?.close();
    lock?.release();
  }
}

/** A killed supervisor's generation notices it at once and stops accepting; on a loaded machine that takes a moment. */
const leftoverPatience = 10_000;

/** Ctrl-C twice, as a shell reports it. */
const interrupted = 130;

/**
 * The state machine over generations; what one generation goes through is GenerationProcess's part.
 *
 *   waiting  → after crashes, as long as the crash policy says; left at once by any wish
 *   running  → one generation boots and serves; left by its crash, or by a wish, which drains it
 *   draining → left by the generation's exit, which its budgets enforce, or at once by a second Ctrl-C
 *   stopped  → a stop was wanted and no generation runs
 *
 * A restart is answered by the next generation that starts, so restarts wanted while one drains are the same one. It
 * clears the crash record: it is how a person says that the cause is mended.
 *
 * A generation that exits with code 78 before it serves says that this configuration or this store is not for this
 * release; trying again is of no use. At the daemon's start, and when not even rescue mode can do with it, the
 * supervisor ends with 78, which service managers can be told not to restart. Once a generation has served, people
 * and clients rely on an answer: rescue mode is tried first, at once.
 */
class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #wishes: Wishes;
  readonly #listeners: Listeners;
  readonly #policy: CrashPolicy;
  readonly #budgets: Budgets;
  readonly #startedAt = new Date().toISOString();
  #crashes: CrashRecord = noCrashes;
  #previous: GenerationOptions['previous'] = null;
  /** A generation of this supervisor has served. */
  #served = false;

  constructor(options: SupervisorOptions, wishes: Wishes, listeners: Listeners) {
    this.#options = options;
    this.#wishes = wishes;
    this.#listeners = listeners;
    this.#policy = options.crashPolicy ?? defaultCrashPolicy;
    this.#budgets = budgetsFor(options.drainCap);
  }

  async run(): Promise<ExitReason> {
    for (;;) {
      this.#writeStatus(null);
      await this.#pause(delayBeforeStart(this.#crashes, this.#policy));
      if (this.#wishes.stop) return this.#stopped(this.#wishes.stop.reason);
      if (this.#wishes.takeRestart()) this.#crashes = noCrashes;
      const crash = await this.#runGeneration();
      if (crash && isRefusal(crash) && (this.#crashes.rescue || !this.#served)) return this.#refused(crash);
      if (crash) this.#crashed(crash);
    }
  }

  async #pause(ms: number): Promise<void> {
    if (ms === 0) return;
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, ms);
    await this.#wishes.until(() => this.#wishes.current !== null, over.promise);
    clearTimeout(timer);
  }

  /** Returns how it ended if nobody wanted it to, else null. */
  async #runGeneration(): Promise<GenerationExit | null> {
    const { log } = this.#options;
    const generation = this.#start();
    if (!(generation instanceof GenerationProcess)) return generation;
    const { pid } = generation;
    this.#writeStatus(pid);
    await this.#wishes.until(() => this.#wishes.current !== null, generation.exit);
    const wish = this.#wishes.current;
    if (wish) {
      const hint = wish.reason === 'SIGINT' ? { hint: 'Ctrl-C again stops at once' } : {};
      log.info({ pid, ...wish, ...hint }, 'supervisor:draining');
      generation.drain(wish.reason);
      await this.#wishes.until(() => this.#wishes.atOnce, generation.exit);
      if (this.#wishes.atOnce) generation.kill('was killed: Ctrl-C came twice');
    }
    const exit = await generation.exit;
    this.#served ||= exit.served !== null;
    this.#previous = { pid: pid ?? 0, end: exit.drained ? 'drained' : exit.end, at: Date.now() };
    if (!wish) return exit;
    log[exit.drained ? 'info' : 'warn']({ pid, end: exit.end }, 'generation:ended');
    return null;
  }

  #start(): GenerationProcess | GenerationExit {
    const { home, log, generation, bootLimit = 30_000 } = this.#options;
    const { rescue, quick } = this.#crashes;
    const mode = rescue ? 'rescue' : 'normal';
    try {
      const started = new GenerationProcess({
        entry: generation ?? entryPoint('generation/main'),
        home: home.root,
        mode,
        reasons: rescue ? [rescueReason(this.#previous?.end)] : [],
        sockets: this.#listeners.sockets,
        previous: this.#previous,
        bootLimit,
        budgets: this.#budgets,
        onMessage: (message) => this.#hear(message),
      });
      log.info({ pid: started.pid, mode, quickCrashes: quick }, 'generation:started');
      return started;
    } catch (error) {
      // Some failures to start a process are thrown by Node, e.g. no memory; the next try may succeed.
      return { end: `could not be started: ${error}`, code: null, served: null, drained: false };
    }
  }

  #hear(message: ToSupervisor): void {
    if (message.type === 'wanted') this.#wishes.want({ what: message.what, reason: message.reason });
    this.#options.log.debug(message, 'generation:said');
  }

  #crashed(exit: GenerationExit): void {
    const { log } = this.#options;
    const { end, served } = exit;
    const before = this.#crashes;
    this.#crashes = isRefusal(exit) ? afterRefusal(before) : afterCrash(before, served, this.#policy);
    const { quick, rescue } = this.#crashes;
    const nextIn = delayBeforeStart(this.#crashes, this.#policy);
    log.error({ end, served, quickCrashes: quick, nextIn }, 'generation:crashed');
    if (rescue && !before.rescue) log.error({ quickCrashes: quick }, 'supervisor:rescue');
  }

  /** The generation has said why on stderr. */
  #refused({ end }: GenerationExit): ExitReason {
    this.#options.log.fatal({ end, exitCode: ExitCode.config }, 'supervisor:stopped');
    return { exitCode: ExitCode.config, reason: `the generation ${end}` };
  }

  #stopped(reason: string): ExitReason {
    const exitCode = this.#wishes.atOnce ? interrupted : ExitCode.ok;
    this.#options.log.info({ reason, exitCode }, 'supervisor:stopped');
    return { exitCode, reason };
  }

  #writeStatus(generationPid: number | null): void {
    const { address } = this.#listeners;
    const status = { pid: process.pid, startedAt: this.#startedAt, address, generationPid };
    try {
      writeSupervisorStatus(this.#options.home, status);
    } catch (error) {
      // The file only informs; a full disk must not end the daemon.
      this.#options.log.warn({ error }, 'supervisor:status_file_failed');
    }
  }
}

function isRefusal({ code, served }: GenerationExit): boolean {
  return code === ExitCode.config && served === null;
}

function rescueReason(end = 'could not be started'): string {
  return `Generations do not stay up; the last one ${end}. No session runs until the cause is mended and a restart is asked for (\`midturn restart\`).`;
}
