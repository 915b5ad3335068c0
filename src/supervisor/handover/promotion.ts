import { entryPoint } from '../../util/entry.ts';
import type { Candidate } from '../config/candidate.ts';
import type { ToSupervisor } from '../ipc/messages.ts';
import { budgetsFor } from '../process/budgets.ts';
import { type GenerationExit, GenerationProcess } from '../process/generation-process.ts';
import { defaultHealthPolicy, type HealthPolicy, watchHealth } from '../process/health.ts';
import { probe } from '../process/probe.ts';
import type { BoundTcpSocket } from '../sockets/sockets.ts';
import type { Parts } from './deps.ts';
import type { HandoverRecord } from './handover-record.ts';

/** What a generation is started with: its configuration, its mode, and the TCP socket that it will accept on. */
export interface Claim {
  candidate: Candidate;
  mode: 'normal' | 'rescue';
  tcp: BoundTcpSocket;
}

/** Callbacks of a promotion to the supervisor. None of them may throw. */
export interface SuccessionEvents {
  /** A generation has sent a valid message, and the fleet and the handover log have processed it. */
  heard(message: ToSupervisor, from: GenerationProcess): void;
  /** A generation process has started or ended, so that the status file is out of date. */
  changed(): void;
  /** A candidate has become the serving generation; it does not know the daemon's state yet. */
  served(generation: GenerationProcess): void;
  /** The serving generation has ended without having been told to drain, so that no generation serves. */
  crashed(exit: GenerationExit, generation: GenerationProcess): void;
}

/** Number of successive health probes that a candidate must pass before it may serve. */
const PROBES = 3;

/**
 * Starts a candidate and promotes it to the serving generation. The former generation serves until the candidate
 * does, and drains then.
 */
export class Succession {
  readonly #parts: Parts;
  readonly #events: SuccessionEvents;
  readonly #health: HealthPolicy;
  #last: GenerationProcess | null = null;

  constructor(parts: Parts, events: SuccessionEvents) {
    this.#parts = parts;
    this.#events = events;
    this.#health = parts.options.healthPolicy ?? defaultHealthPolicy;
  }

  /** The generation that serves or served last; null when no generation of this supervisor has served yet. */
  get last(): GenerationProcess | null {
    return this.#last;
  }

  /**
   * Starts a candidate, checks it and makes it the serving generation. Resolves with null when it serves, or with
   * how it ended; the generation that served before is untouched in that case.
   */
  async raise(record: HandoverRecord, claim: Claim): Promise<GenerationExit | null> {
    const { fleet, keeper, chronicle, wishes } = this.#parts;
    const { candidate, mode } = claim;
    if (wishes.stop) return neverStarted('the daemon is stopping');
    record.configured(candidate.accepted.revision, candidate.keys);
    record.enter('booting');
    const generation = this.#start(claim);
    if (!(generation instanceof GenerationProcess)) return generation;
    chronicle.arrives(generation, record);
    if (!(await this.#prove(generation, record))) return generation.exit;
    fleet.serve(generation, record.notice);
    // A generation may have said `serving` just before it was killed.
    if (!(await generation.reached('serving')) || generation.isDoomed) return generation.exit;
    const former = fleet.crown(generation);
    keeper.take(candidate);
    if (mode === 'normal') keeper.serving();
    this.#parts.listeners.use(claim.tcp);
    this.#last = generation;
    record.enter('serving');
    void watchHealth(generation, this.#health, () => keeper.onTrial);
    this.#release(former, record);
    this.#events.served(generation);
    return null;
  }

  #start({ candidate, mode, tcp }: Claim): GenerationProcess | GenerationExit {
    const { options, log, fleet, listeners } = this.#parts;
    try {
      const generation = new GenerationProcess({
        entry: options.generation ?? entryPoint('generation/main'),
        home: options.home,
        mode,
        config: candidate.accepted,
        sockets: listeners.with(tcp),
        output: this.#parts.logOutput(),
        bootLimit: options.bootLimit ?? BOOT_LIMIT,
        onMessage: (message, from) => this.#hear(message, from),
      });
      fleet.add(generation);
      void generation.exit.then((exit) => this.#ended(generation, exit));
      log.info({ pid: generation.pid, mode, revision: candidate.accepted.revision }, 'generation:started');
      this.#events.changed();
      return generation;
    } catch (error) {
      // Node throws some failures to start a process, e.g. when memory is short; the next attempt may succeed.
      return neverStarted(String(error));
    }
  }

  /**
   * Waits until the candidate is ready and probes its health. Resolves with false when it has ended or was killed
   * because a probe failed.
   */
  async #prove(generation: GenerationProcess, record: HandoverRecord): Promise<boolean> {
    if (!(await generation.reached('ready'))) return false;
    const { number, version, socket } = generation;
    if (number === null || version === null || socket === null) return false;
    record.isTo(number);
    const before = this.#last?.version ?? version;
    if (before !== version) record.upgraded(before, version);
    record.enter('ready');
    for (let count = 1; count <= PROBES; count += 1) {
      const fault = await probe(socket, this.#health.limit);
      if (fault === null) continue;
      generation.kill(`was killed: its health check failed, ${fault}`);
      return false;
    }
    return !generation.isDoomed;
  }

  #release(former: GenerationProcess | null, record: HandoverRecord): void {
    const { keeper, chronicle } = this.#parts;
    if (!former) {
      record.ended();
      return;
    }
    record.enter('draining');
    chronicle.departs(former, record);
    former.drain(record.notice.reason, budgetsFor(keeper.current.checked.config.handover), record.to);
  }

  #hear(message: ToSupervisor, from: GenerationProcess): void {
    const { log, fleet, chronicle } = this.#parts;
    log.debug({ pid: from.pid, ...message }, 'generation:said');
    chronicle.heard(from, message);
    if (message.type === 'left') fleet.settled(from);
    if (message.type === 'moved' || message.type === 'poke') fleet.moved(from, message.session);
    this.#events.heard(message, from);
  }

  #ended(generation: GenerationProcess, exit: GenerationExit): void {
    const { log, fleet, chronicle, bell } = this.#parts;
    const { pid, number } = generation;
    const served = fleet.serving === generation;
    const left = fleet.leaving.includes(generation);
    fleet.remove(generation);
    if (served) {
      fleet.candidate?.hurry(HURRY);
      this.#events.crashed(exit, generation);
    }
    if (left)
      log[exit.drained ? 'info' : 'warn']({ pid, generation: number, end: exit.end }, 'generation:ended');
    chronicle.ended(generation);
    this.#events.changed();
    bell.ring();
  }
}

function neverStarted(why: string): GenerationExit {
  return { end: `could not be started: ${why}`, code: null, served: null, drained: false };
}

const BOOT_LIMIT = 30_000;

/**
 * How long a candidate may still take to serve when the serving generation has crashed meanwhile, in ms; then
 * another one is started.
 */
const HURRY = 5_000;
