import { untilDurable } from '../runner/port/durable.ts';
import { resume } from '../runner/resume.ts';
import type { EarlierGeneration } from '../supervisor/ipc/messages.ts';
import type { Parts } from './compose.ts';
import { relayText } from './relay.ts';

type Needed = Pick<Parts, 'journal' | 'generation' | 'runner' | 'liveText' | 'log'>;

/**
 * The earlier generations that still run sessions. What they let go of is taken up here, and what their models say
 * meanwhile is heard here.
 */
export class Predecessors {
  readonly #parts: Needed;
  readonly #relays = new Map<number, () => void>();
  #stopWatching = () => {};
  #closed = false;

  constructor(parts: Needed) {
    this.#parts = parts;
  }

  /** Hears from now on what the models of those say whose processes still run; all others who came before are dead. */
  hear(alive: readonly EarlierGeneration[]): void {
    for (const { generation, socket } of alive) {
      this.#relays.set(generation, relayText(socket, this.#parts.liveText));
    }
  }

  /** What the dead had is free, and is taken up; when the journal cannot be written, as soon as it can. */
  async begin(crashed: number | null): Promise<void> {
    const { journal, runner } = this.#parts;
    this.#stopWatching = journal.watch((session, foreign) => {
      if (foreign) void this.#lookAt(session);
    });
    if (crashed !== null) await runner.suspects.judge(crashed);
    await this.#endDead();
    await this.takeUp();
  }

  /** Takes up what is unfinished and free. */
  async takeUp(): Promise<void> {
    if (this.#closed) return;
    const { runner, log } = this.#parts;
    const resumed = await resume(runner);
    if (resumed > 0) log.info({ sessions: resumed }, 'generation:resumed');
  }

  /** The same for one that has ended now. */
  async gone(generation: number): Promise<void> {
    this.#relays.get(generation)?.();
    // Once its row is ended, its sessions can be loaded; what its end says about them must be known before.
    await this.#parts.runner.suspects.judge(generation);
    this.#relays.delete(generation);
    await this.#endDead();
    await this.takeUp();
  }

  /** The next generation does what is left. */
  close(): void {
    this.#closed = true;
    this.#stopWatching();
    for (const stop of this.#relays.values()) stop();
  }

  /**
   * Another process has written to a session. Whatever it took for it is ours to look at when nobody owns it, also
   * when that process cannot say so any more.
   */
  async #lookAt(session: string): Promise<void> {
    const { journal, runner, generation, log } = this.#parts;
    try {
      const row = await journal.session(session);
      const free = row?.owner === null || row?.owner === generation;
      if (row && free && row.inputs > 0 && row.damaged === null) await runner.poke(session);
    } catch (error) {
      log.error({ session, error }, 'generation:look_failed');
    }
  }

  /** Until then nobody can have what they owned: it is tried as long as this generation is there. */
  #endDead(): Promise<void> {
    const { journal, generation, runner } = this.#parts;
    const end = () => journal.endEarlierGenerations(generation, [...this.#relays.keys()]);
    return untilDurable(runner.ports, '', end, () => this.#closed);
  }
}
