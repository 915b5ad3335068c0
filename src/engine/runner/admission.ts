import type { NextAction } from '../../core/model/next-action.ts';
import type { RunnerPorts } from '../port/ports.ts';
import { Semaphore } from './places.ts';
import type { LiveSession } from './session/live-session.ts';

/**
 * Decides which steps may start now. While draining, none may. Otherwise turns are bounded in total, model
 * calls per provider, and a session suspected of killing the daemon waits until it is tried alone.
 */
export class Admission {
  readonly #ports: RunnerPorts;
  readonly #turns: Semaphore;
  readonly #providers = new Map<string, Semaphore>();
  readonly #entries = new Map<LiveSession, SessionSlots>();
  #stopped = false;

  constructor(ports: RunnerPorts) {
    this.#ports = ports;
    this.#turns = new Semaphore(() => ports.settings().turns);
  }

  /** Refuses every new step from now on; steps in flight continue and may record their end. */
  stopAdmitting(): void {
    this.#stopped = true;
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  holdSession(session: LiveSession): void {
    this.#getEntry(session).held = true;
  }

  releaseHold(session: LiveSession): void {
    this.#getEntry(session).held = false;
    session.wakeUp();
  }

  admitStep(session: LiveSession, step: NextAction): boolean {
    if (step.kind === 'run_tool' && step.stop) return true;
    if (!STARTING_STEPS.has(step.kind)) return true;
    const entry = this.#getEntry(session);
    if (this.#stopped || entry.held) return false;
    if (!entry.turn && !this.#turns.tryAcquire(entry.retry)) return false;
    entry.turn = true;
    return step.kind !== 'call_model' || this.#acquireProvider(session, entry, step);
  }

  #acquireProvider(session: LiveSession, entry: SessionSlots, { piece }: CallModel): boolean {
    const agent = this.#ports.settings().agent(session.agent);
    const model = piece ? agent?.compaction.model : agent?.model;
    if (model === undefined) return true;
    const provider = this.#providerSemaphore(model);
    if (!provider.tryAcquire(entry.retry)) return false;
    entry.provider = provider;
    return true;
  }

  /**
   * Releases the session's slot at its provider after a model call has ended; does nothing when it holds
   * none.
   */
  releaseModelSlot(session: LiveSession): void {
    const entry = this.#entries.get(session);
    entry?.provider?.release();
    if (entry) entry.provider = null;
  }

  /**
   * Called after each crank. A session with no step in flight releases its turn slot to the next waiting
   * session.
   */
  releaseIdleTurn(session: LiveSession): void {
    const entry = this.#getEntry(session);
    if (entry.turn && session.stepsInFlight === 0) {
      entry.turn = false;
      this.#turns.release();
    }
    this.#wakeWaiters();
  }

  forgetSession(session: LiveSession): void {
    const entry = this.#entries.get(session);
    if (!entry) return;
    this.#entries.delete(session);
    this.#turns.cancelWait(entry.retry);
    for (const provider of this.#providers.values()) provider.cancelWait(entry.retry);
    if (entry.turn) this.#turns.release();
    entry.provider?.release();
    this.#wakeWaiters();
  }

  /**
   * Offers free slots to the next waiting session, because the session that was called first may no longer
   * want one.
   */
  #wakeWaiters(): void {
    this.#turns.notifyNext();
    for (const provider of this.#providers.values()) provider.notifyNext();
  }

  #getEntry(session: LiveSession): SessionSlots {
    let entry = this.#entries.get(session);
    if (!entry) {
      entry = { held: false, turn: false, provider: null, retry: () => session.wakeUp() };
      this.#entries.set(session, entry);
    }
    return entry;
  }

  /**
   * Calls that a provider takes at once. Unlimited for a model that is no longer configured, so that its call
   * starts and reports the error.
   */
  #maxConcurrency(model: string): number {
    try {
      return this.#ports.models.concurrency(model);
    } catch {
      return Number.POSITIVE_INFINITY;
    }
  }

  #providerSemaphore(model: string): Semaphore {
    const name = model.slice(0, Math.max(0, model.indexOf('/')));
    let places = this.#providers.get(name);
    if (!places) {
      places = new Semaphore(() => this.#maxConcurrency(model));
      this.#providers.set(name, places);
    }
    return places;
  }
}

const STARTING_STEPS: ReadonlySet<NextAction['kind']> = new Set([
  'call_model',
  'run_tool',
  'open_turn',
  'join_turn',
]);

type CallModel = Extract<NextAction, { kind: 'call_model' }>;

interface SessionSlots {
  held: boolean;
  /** Whether it holds a turn slot, from the first step of a turn until none of its steps is in flight. */
  turn: boolean;
  /** The semaphore on which the session's model call holds a permit; null without a call. */
  provider: Semaphore | null;
  /** One callback for each session, so that a session that asks twice is queued once. */
  retry: () => void;
}
