import type { Step } from '../core/model/next-action.ts';
import { Places } from './places.ts';
import type { RunnerPorts } from './port/ports.ts';
import type { LiveSession } from './session/live-session.ts';

/**
 * Decides which steps may start now. While draining, none may. Otherwise turns are bounded in total, model
 * calls per provider, and a session suspected of killing the daemon waits until it is tried alone.
 */
export class Admission {
  readonly #ports: RunnerPorts;
  readonly #turns: Places;
  readonly #providers = new Map<string, Places>();
  readonly #entries = new Map<LiveSession, Entry>();
  #stopped = false;

  constructor(ports: RunnerPorts) {
    this.#ports = ports;
    this.#turns = new Places(() => ports.settings().turns);
  }

  /** Refuses every new step from now on; steps in flight continue and may record their end. */
  stop(): void {
    this.#stopped = true;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  hold(session: LiveSession): void {
    this.#entry(session).held = true;
  }

  unhold(session: LiveSession): void {
    this.#entry(session).held = false;
    session.poke();
  }

  admit(session: LiveSession, step: Step): boolean {
    if (step.kind === 'run_tool' && step.stop) return true;
    if (!BEGINS.has(step.kind)) return true;
    const entry = this.#entry(session);
    if (this.#stopped || entry.held) return false;
    if (!entry.turn && !this.#turns.tryTake(entry.retry)) return false;
    entry.turn = true;
    return step.kind !== 'call_model' || this.#takeProvider(session, entry, step);
  }

  #takeProvider(session: LiveSession, entry: Entry, { piece }: CallModel): boolean {
    const agent = this.#ports.settings().agent(session.agent);
    const model = piece ? agent?.compaction.model : agent?.model;
    if (model === undefined) return true;
    const provider = this.#provider(model);
    if (!provider.tryTake(entry.retry)) return false;
    entry.provider = provider;
    return true;
  }

  /**
   * Releases the session's slot at its provider after a model call has ended; does nothing when it holds
   * none.
   */
  modelEnded(session: LiveSession): void {
    const entry = this.#entries.get(session);
    entry?.provider?.free();
    if (entry) entry.provider = null;
  }

  /**
   * Called after each crank. A session with no step in flight releases its turn slot to the next waiting
   * session.
   */
  cranked(session: LiveSession): void {
    const entry = this.#entry(session);
    if (entry.turn && session.steps === 0) {
      entry.turn = false;
      this.#turns.free();
    }
    this.#nudge();
  }

  forget(session: LiveSession): void {
    const entry = this.#entries.get(session);
    if (!entry) return;
    this.#entries.delete(session);
    this.#turns.forget(entry.retry);
    for (const provider of this.#providers.values()) provider.forget(entry.retry);
    if (entry.turn) this.#turns.free();
    entry.provider?.free();
    this.#nudge();
  }

  /**
   * Offers free slots to the next waiting session, because the session that was called first may no longer
   * want one.
   */
  #nudge(): void {
    this.#turns.nudge();
    for (const provider of this.#providers.values()) provider.nudge();
  }

  #entry(session: LiveSession): Entry {
    let entry = this.#entries.get(session);
    if (!entry) {
      entry = { held: false, turn: false, provider: null, retry: () => session.poke() };
      this.#entries.set(session, entry);
    }
    return entry;
  }

  /**
   * Calls that a provider takes at once. Unlimited for a model that is no longer configured, so that its call
   * starts and reports the error.
   */
  #concurrency(model: string): number {
    try {
      return this.#ports.models.concurrency(model);
    } catch {
      return Number.POSITIVE_INFINITY;
    }
  }

  #provider(model: string): Places {
    const name = model.slice(0, Math.max(0, model.indexOf('/')));
    let places = this.#providers.get(name);
    if (!places) {
      places = new Places(() => this.#concurrency(model));
      this.#providers.set(name, places);
    }
    return places;
  }
}

const BEGINS: ReadonlySet<Step['kind']> = new Set(['call_model', 'run_tool', 'open_turn', 'join_turn']);

type CallModel = Extract<Step, { kind: 'call_model' }>;

interface Entry {
  held: boolean;
  /** Whether it holds a turn slot, from the first step of a turn until none of its steps is in flight. */
  turn: boolean;
  /** The semaphore on which the session's model call holds a permit; null without a call. */
  provider: Places | null;
  /** One callback for each session, so that a session that asks twice is queued once. */
  retry: () => void;
}
