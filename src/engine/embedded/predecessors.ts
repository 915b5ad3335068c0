import { retryUntilDurable } from '../port/durable.ts';
import type { LiveStream } from '../port/live-stream.ts';
import { resumeSessions } from '../runner/resume.ts';
import type { Runner } from '../runner/runner.ts';
import { relayLiveStream } from './relay.ts';

/** An earlier generation whose process still runs, and the private socket on which its live stream can be read. */
interface Predecessor {
  generation: number;
  socket: string;
}

interface PredecessorDeps {
  runner: Runner;
  liveStream: LiveStream;
}

/**
 * Follows the earlier generations that still run sessions: resumes the sessions that they give up, and relays the
 * text of their model calls to followers of this generation.
 */
export class Predecessors {
  readonly #deps: PredecessorDeps;
  readonly #relays = new Map<number, () => void>();
  #stopWatching = () => {};
  #closed = false;

  constructor(parts: PredecessorDeps) {
    this.#deps = parts;
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
   * Resumes the sessions that are free at the start, above all those of dead generations. `crashed` is the number
   * of the generation that served last and crashed. When the journal cannot be written, waits until it can.
   */
  async takeOverSessions(crashed: number | null): Promise<void> {
    const { runner } = this.#deps;
    this.#stopWatching = runner.ports.journal.watch((session, foreign) => {
      if (foreign) void this.#pokeIfFree(session);
    });
    if (crashed !== null) await runner.suspects.judgeGeneration(crashed);
    await this.#endDeadGenerations();
    await this.resumeFreeSessions();
  }

  /** Resumes all sessions that are unfinished and owned by no generation. Does nothing after `close`. */
  async resumeFreeSessions(): Promise<void> {
    if (this.#closed) return;
    const { runner } = this.#deps;
    const resumed = await resumeSessions(runner);
    if (resumed > 0) runner.ports.report('generation:resumed', { sessions: resumed });
  }

  /** Handles the exit of an earlier generation: its sessions become free and are resumed here. */
  async handleExit(generation: number): Promise<void> {
    this.#relays.get(generation)?.();
    // Once its row is ended, its sessions can be loaded; the consequences of its end for them must be known
    // before.
    await this.#deps.runner.suspects.judgeGeneration(generation);
    this.#relays.delete(generation);
    await this.#endDeadGenerations();
    await this.resumeFreeSessions();
  }

  /** Stops following, because this generation leaves. The next one resumes what is left. */
  close(): void {
    this.#closed = true;
    this.#stopWatching();
    for (const stop of this.#relays.values()) stop();
  }

  /**
   * Handles a write of another process to a session. Its inputs are due in this generation when no generation owns
   * the session, even when the writing process can no longer say so.
   */
  async #pokeIfFree(session: string): Promise<void> {
    const { runner } = this.#deps;
    const { journal, generation, report } = runner.ports;
    try {
      const row = await journal.findSession(session);
      const free = row?.owner === null || row?.owner === generation;
      if (row && free && row.inputs > 0 && row.damaged === null) await runner.notifySession(session);
    } catch (error) {
      report('generation:look_failed', { session, error });
    }
  }

  /**
   * Marks dead generations as ended, which frees their sessions. It is tried as long as this generation runs,
   * because no generation can take those sessions before.
   */
  #endDeadGenerations(): Promise<void> {
    const { runner } = this.#deps;
    const { journal, generation } = runner.ports;
    const end = () => journal.endEarlierGenerations(generation, [...this.#relays.keys()]);
    return retryUntilDurable(runner.ports, '', end, () => this.#closed);
  }
}
