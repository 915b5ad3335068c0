import type { EmitEvent } from '../../telemetry/events/catalogue.ts';
import { retryUntilDurable } from '../port/durable.ts';
import type { LiveStream } from '../port/live-stream.ts';
import type { Clock } from '../port/ports.ts';
import type { EmbeddedEngine } from './embedded.ts';
import { relayLiveStream } from './relay.ts';

/** An earlier generation whose process still runs, and the private socket on which its live stream can be read. */
interface Predecessor {
  generation: number;
  socket: string;
}

interface PredecessorDeps {
  engine: EmbeddedEngine;
  liveStream: LiveStream;
  clock: Clock;
  report: EmitEvent;
}

/**
 * Follows the earlier generations that still run sessions: has the sessions offered that they give up, and relays
 * the text of their model calls to followers of this generation.
 */
export class Predecessors {
  readonly #deps: PredecessorDeps;
  readonly #relays = new Map<number, () => void>();
  #closed = false;

  constructor(deps: PredecessorDeps) {
    this.#deps = deps;
  }

  /**
   * Relays the text of model calls from those earlier generations whose processes still run. All others are dead.
   */
  relayStreams(alive: readonly Predecessor[]): void {
    for (const { generation, socket } of alive) {
      this.#relays.set(generation, relayLiveStream(socket, this.#deps.liveStream));
    }
  }

  /**
   * Has the sessions offered that are free at the start, above all those of dead generations. `crashed` is the
   * number of the generation that served last and crashed. When the journal cannot be written, waits until it can.
   */
  async takeOverSessions(crashed: number | null): Promise<void> {
    await this.#endDeadGenerations(crashed === null ? [] : [crashed]);
    await this.offerFreeSessions();
  }

  /** Has all sessions offered that are unfinished and owned by no generation. Does nothing after `close`. */
  async offerFreeSessions(): Promise<void> {
    if (this.#closed) return;
    const { engine, report } = this.#deps;
    const resumed = await engine.offerUnfinished();
    if (resumed > 0) report('generation:resumed', { sessions: resumed });
  }

  /** Handles the exit of an earlier generation: its sessions become free and are offered here. */
  async handleExit(generation: number): Promise<void> {
    this.#relays.get(generation)?.();
    this.#relays.delete(generation);
    await this.#endDeadGenerations([generation]);
    await this.offerFreeSessions();
  }

  /** Stops following, because this generation leaves. The next one resumes what is left. */
  close(): void {
    this.#closed = true;
    for (const stop of this.#relays.values()) stop();
  }

  /**
   * Marks dead generations as ended, which frees their sessions. It is tried as long as this generation runs,
   * because no generation can take those sessions before.
   */
  async #endDeadGenerations(crashed: readonly number[]): Promise<void> {
    const { engine } = this.#deps;
    // Once its row is ended, its sessions can be loaded; the consequences of its end for them must be known before.
    for (const generation of crashed) await engine.judgeGeneration(generation);
    const end = () => engine.endGenerationsExcept([...this.#relays.keys()]);
    await retryUntilDurable(this.#deps, '', end, () => this.#closed);
  }
}
