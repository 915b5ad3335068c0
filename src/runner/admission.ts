import type { Step } from '../core/model/next-action.ts';
import { Places } from './places.ts';
import type { RunnerPorts } from './port/ports.ts';
import type { LiveSession } from './session/live-session.ts';

/**
 * Says which steps may begin now: nothing while draining, a bounded number of turns at once, a bounded number of
 * calls per provider, and sessions that may have killed the daemon only when it is their turn to be tried.
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

  /** From now on nothing begins. */
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

  /** A model call of the session has ended. */
  modelEnded(session: LiveSession): void {
    const entry = this.#entries.get(session);
    entry?.provider?.free();
    if (entry) entry.provider = null;
  }

  /** A crank of the session is over; one with nothing in flight gives its place to others. */
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

  /** The session that was called for a free place may not want it any more; then it is the next one's. */
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

  /** A model that is not there any more holds nobody back: its call will say so. */
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
  /** Has a turn place: from the first step of a turn until nothing of it is in flight. */
  turn: boolean;
  /** Where its model call has a place. */
  provider: Places | null;
  /** One callback per session, so that asking twice queues once. */
  retry: () => void;
}
