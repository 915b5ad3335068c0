import { entryPoint } from '../../util/entry.ts';
import type { Candidate } from '../config/candidate.ts';
import type { ToSupervisor } from '../ipc/messages.ts';
import { computeBudgets } from '../process/budgets.ts';
import { type GenerationExit, GenerationProcess } from '../process/generation-process.ts';
import { defaultHealthPolicy, type HealthPolicy, watchHealth } from '../process/health.ts';
import { probeHealth } from '../process/probe.ts';
import type { BoundTcpSocket } from '../sockets/sockets.ts';
import type { SupervisorDeps } from './deps.ts';
import type { HandoverRecord } from './handover-record.ts';

/** What a generation is started with: its configuration, its mode, and the TCP socket that it will accept on. */
export interface PromotionRequest {
  candidate: Candidate;
  mode: 'normal' | 'rescue';
  tcp: BoundTcpSocket;
}

/** Callbacks of a promotion to the supervisor. None of them may throw. */
export interface PromotionEvents {
  /** A generation has sent a valid message, and the fleet and the handover log have processed it. */
  onMessage(message: ToSupervisor, from: GenerationProcess): void;
  /** A generation process has started or ended, so that the status file is out of date. */
  onFleetChange(): void;
  /** A candidate has become the serving generation; it does not know the daemon's state yet. */
  onServing(generation: GenerationProcess): void;
  /** The serving generation has ended without having been told to drain, so that no generation serves. */
  onCrash(exit: GenerationExit, generation: GenerationProcess): void;
}

/** Number of successive health probes that a candidate must pass before it may serve. */
const REQUIRED_PROBES = 3;

/**
 * Starts a candidate and promotes it to the serving generation. The former generation serves until the candidate
 * does, and drains then.
 */
export class Promotion {
  readonly #deps: SupervisorDeps;
  readonly #events: PromotionEvents;
  readonly #health: HealthPolicy;
  #lastServing: GenerationProcess | null = null;

  constructor(deps: SupervisorDeps, events: PromotionEvents) {
    this.#deps = deps;
    this.#events = events;
    this.#health = deps.options.healthPolicy ?? defaultHealthPolicy;
  }

  /** The generation that serves or served last; null when no generation of this supervisor has served yet. */
  get lastServing(): GenerationProcess | null {
    return this.#lastServing;
  }

  /**
   * Starts a candidate, checks it and makes it the serving generation. Resolves with null when it serves, or with
   * how it ended; the generation that served before is untouched in that case.
   */
  async promoteCandidate(record: HandoverRecord, claim: PromotionRequest): Promise<GenerationExit | null> {
    const { fleet, activeConfig, handoverLog, requests } = this.#deps;
    const { candidate, mode } = claim;
    if (requests.stop) return createStartFailure('the daemon is stopping');
    record.setRevision(candidate.accepted.revision, candidate.keys);
    record.enterPhase('booting');
    const generation = this.#startCandidate(claim);
    if (!(generation instanceof GenerationProcess)) return generation;
    handoverLog.trackArrival(generation, record);
    if (!(await this.#checkCandidate(generation, record))) return generation.exit;
    fleet.startServing(generation, record.notice);
    // A generation may have said `serving` just before it was killed.
    if (!(await generation.waitForState('serving')) || generation.wasKilled) return generation.exit;
    const former = fleet.promote(generation);
    activeConfig.activateRevision(candidate);
    if (mode === 'normal') activeConfig.startTrial();
    this.#deps.listeners.adoptTcp(claim.tcp);
    this.#lastServing = generation;
    record.enterPhase('serving');
    void watchHealth(generation, this.#health, () => activeConfig.onTrial);
    this.#drainFormer(former, record);
    this.#events.onServing(generation);
    return null;
  }

  #startCandidate({ candidate, mode, tcp }: PromotionRequest): GenerationProcess | GenerationExit {
    const { options, log, fleet, listeners } = this.#deps;
    try {
      const generation = new GenerationProcess({
        entry: options.generation ?? entryPoint('generation/main'),
        home: options.home,
        mode,
        config: candidate.accepted,
        sockets: listeners.listSocketsFor(tcp),
        output: this.#deps.logOutput(),
        bootLimit: options.bootLimit ?? DEFAULT_BOOT_LIMIT,
        onMessage: (message, from) => this.#handleReply(message, from),
      });
      fleet.addCandidate(generation);
      void generation.exit.then((exit) => this.#handleExit(generation, exit));
      log.info({ pid: generation.pid, mode, revision: candidate.accepted.revision }, 'generation:started');
      this.#events.onFleetChange();
      return generation;
    } catch (error) {
      // Node throws some failures to start a process, e.g. when memory is short; the next attempt may succeed.
      return createStartFailure(String(error));
    }
  }

  /**
   * Waits until the candidate is ready and probes its health. Resolves with false when it has ended or was killed
   * because a probe failed.
   */
  async #checkCandidate(generation: GenerationProcess, record: HandoverRecord): Promise<boolean> {
    if (!(await generation.waitForState('ready'))) return false;
    const { number, version, socket } = generation;
    if (number === null || version === null || socket === null) return false;
    record.setSuccessor(number);
    const before = this.#lastServing?.version ?? version;
    if (before !== version) record.markUpgrade(before, version);
    record.enterPhase('ready');
    for (let count = 1; count <= REQUIRED_PROBES; count += 1) {
      const fault = await probeHealth(socket, this.#health.limit);
      if (fault === null) continue;
      generation.kill(`was killed: its health check failed, ${fault}`);
      return false;
    }
    return !generation.wasKilled;
  }

  #drainFormer(former: GenerationProcess | null, record: HandoverRecord): void {
    const { activeConfig, handoverLog } = this.#deps;
    if (!former) {
      record.completeDrain();
      return;
    }
    record.enterPhase('draining');
    handoverLog.trackDeparture(former, record);
    former.startDraining(
      record.notice.reason,
      computeBudgets(activeConfig.current.checked.config.handover),
      record.to,
    );
  }

  #handleReply(message: ToSupervisor, from: GenerationProcess): void {
    const { log, fleet, handoverLog } = this.#deps;
    log.debug({ pid: from.pid, ...message }, 'generation:said');
    handoverLog.recordMessage(from, message);
    if (message.type === 'left') fleet.announceLeft(from);
    if (message.type === 'moved' || message.type === 'poke') fleet.announceMove(from, message.session);
    this.#events.onMessage(message, from);
  }

  #handleExit(generation: GenerationProcess, exit: GenerationExit): void {
    const { log, fleet, handoverLog, notifier } = this.#deps;
    const { pid, number } = generation;
    const served = fleet.serving === generation;
    const left = fleet.leaving.includes(generation);
    fleet.removeEnded(generation);
    if (served) {
      fleet.candidate?.shortenBootLimit(HURRY_LIMIT);
      this.#events.onCrash(exit, generation);
    }
    const ended = { pid, generation: number, end: exit.end };
    if (left && exit.drained) log.info(ended, 'generation:ended');
    else if (left) log.warn(ended, 'generation:ended');
    handoverLog.recordExit(generation);
    this.#events.onFleetChange();
    notifier.notifyAll();
  }
}

function createStartFailure(why: string): GenerationExit {
  return { end: `could not be started: ${why}`, code: null, served: null, drained: false };
}

const DEFAULT_BOOT_LIMIT = 30_000;

/**
 * How long a candidate may still take to serve when the serving generation has crashed meanwhile, in ms; then
 * another one is started.
 */
const HURRY_LIMIT = 5_000;
