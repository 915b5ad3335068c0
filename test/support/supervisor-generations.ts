import type { SupervisorEffect } from '../../src/supervisor/core/model/effects.ts';
import type { ProcessExit, SupervisorEvent } from '../../src/supervisor/core/model/events.ts';
import type { ActiveRevision } from '../../src/supervisor/core/model/revision.ts';
import type { ToSupervisor } from '../../src/supervisor/ipc/messages.ts';
import { type Misbehaviour, misbehaviourOf } from './supervisor-file.ts';
import type { Chance } from './supervisor-world.ts';

/** One simulated process of a generation. */
export interface SimulatedGeneration {
  id: number;
  number: number;
  mode: 'normal' | 'rescue';
  /** The configuration that it runs. */
  revision: ActiveRevision;
  /** The configurations that it has run; it runs them again without complaint. */
  accepted: Set<string>;
  /** What it was told or did last. */
  phase: 'booting' | 'told to serve' | 'serving' | 'draining';
  /** It will exit, and says nothing after that. */
  isDying: boolean;
}

interface Surface {
  chance: Chance;
  later(ms: number, run: () => void): void;
  dispatch(event: SupervisorEvent): void;
  /** True when the supervisor has ended. */
  isDone(): boolean;
}

const EXIT: ProcessExit = { code: 0, signal: null, failure: null, store: null };

/** The generation processes of a simulated world. Each message takes a random time. */
export class SimulatedGenerations {
  readonly alive = new Map<number, SimulatedGeneration>();
  /** Generations that the supervisor has killed. */
  readonly killed = new Set<number>();
  readonly #surface: Surface;
  #count = 0;

  constructor(surface: Surface) {
    this.#surface = surface;
  }

  perform(effect: SupervisorEffect): void {
    if (effect.type === 'start_generation') this.#start(effect);
    if (effect.type === 'kill') {
      this.killed.add(effect.generation);
      this.#withAlive(effect.generation, (each) => this.exit(each, KILLED));
    }
    if (effect.type === 'probe') this.#withAlive(effect.generation, (each) => this.#probe(each));
    if (effect.type === 'apply_config')
      for (const id of effect.to) this.#withAlive(id, (each) => this.#apply(each, effect.revision));
    if (effect.type !== 'send') return;
    if (effect.message.type === 'serve') this.#withAlive(effect.to, (each) => this.#serve(each));
    if (effect.message.type === 'drain') this.#withAlive(effect.to, (each) => this.#drain(each));
  }

  /** Sends a message after a random time, unless the process has ended by then. */
  say(from: SimulatedGeneration, message: ToSupervisor, within = 60): void {
    this.#surface.later(this.#surface.chance(within), () => {
      if (this.alive.get(from.id) === from)
        this.#surface.dispatch({ type: 'message_received', generation: from.id, message });
    });
  }

  /** Ends a process. Messages on the way may still arrive before the exit is noticed. */
  exit(generation: SimulatedGeneration, how: Partial<ProcessExit>): void {
    if (generation.isDying) return;
    generation.isDying = true;
    const { later, chance, dispatch } = this.#surface;
    later(chance(30), () => {
      this.alive.delete(generation.id);
      dispatch({ type: 'generation_exited', generation: generation.id, ...EXIT, ...how });
    });
  }

  #withAlive(id: number, act: (generation: SimulatedGeneration) => void): void {
    const generation = this.alive.get(id);
    if (generation && !generation.isDying) act(generation);
  }

  #start({ generation: id, mode, revision }: Extract<SupervisorEffect, { type: 'start_generation' }>): void {
    const { later, chance, dispatch } = this.#surface;
    if (chance(40) === 0) {
      const failure = 'no memory';
      later(0, () => dispatch({ type: 'generation_exited', generation: id, ...EXIT, code: null, failure }));
      return;
    }
    this.#count += 1;
    const started: SimulatedGeneration = {
      ...{ id, number: this.#count, mode, revision, phase: 'booting', isDying: false },
      accepted: new Set([revision.content.hash]),
    };
    this.alive.set(id, started);
    later(0, () => {
      dispatch({ type: 'generation_started', generation: id, pid: id, socket: `/run/${id}` });
      later(chance(200), () => this.#withAlive(id, (each) => this.#boot(each)));
    });
  }

  #boot(generation: SimulatedGeneration): void {
    const how = misbehaviour(generation);
    if (how === 'hangs at boot') return;
    if (how === 'crashes at boot') this.exit(generation, { code: 7 });
    else if (how === 'refuses the store') this.exit(generation, { code: 78, store: 'unusable' });
    else if (this.#surface.chance(40) === 0) this.exit(generation, { code: 75, store: 'unavailable' });
    else this.say(generation, { type: 'ready', generation: generation.number, version: '1' });
  }

  #probe(generation: SimulatedGeneration): void {
    const { later, chance, dispatch } = this.#surface;
    const fault = misbehaviour(generation) === 'is unhealthy' ? 'it is ill' : null;
    later(chance(20), () => {
      if (this.alive.has(generation.id))
        dispatch({ type: 'probe_finished', generation: generation.id, fault });
    });
  }

  #serve(generation: SimulatedGeneration): void {
    generation.phase = 'told to serve';
    const how = misbehaviour(generation);
    if (how === 'hangs before serving') return;
    const delay = how === 'serves late' ? 2_600 : 0;
    this.#surface.later(delay + this.#surface.chance(delay / 8 + 100), () => {
      if (generation.isDying) return;
      generation.phase = 'serving';
      this.say(generation, { type: 'serving' });
      if (how === 'crashes after serving')
        this.#surface.later(this.#surface.chance(900), () => this.exit(generation, { code: 9 }));
    });
  }

  #apply(generation: SimulatedGeneration, revision: ActiveRevision): void {
    const { number, content } = revision;
    const how = generation.accepted.has(content.hash) ? 'none' : misbehaviourOf(content);
    if (how === 'crashes when it applies') this.exit(generation, { code: 9 });
    else if (how === 'refuses to apply')
      this.say(generation, { type: 'refused', revision: number, reason: 'it does not like it' });
    else {
      generation.revision = revision;
      generation.accepted.add(content.hash);
      // A silent one answers about when the supervisor gives up, or never.
      if (how === 'is silent') {
        if (this.#surface.chance(2) === 0) return;
        this.#surface.later(9_000 + this.#surface.chance(4_000), () =>
          this.say(generation, { type: 'applied', revision: number }),
        );
      } else this.say(generation, { type: 'applied', revision: number });
    }
  }

  #drain(generation: SimulatedGeneration): void {
    generation.phase = 'draining';
    this.say(generation, { type: 'left', sessions: [] }, 20);
    if (misbehaviour(generation) === 'never drains') return;
    this.#surface.later(this.#surface.chance(600), () => this.exit(generation, { code: 0 }));
  }
}

const KILLED: Partial<ProcessExit> = { code: null, signal: 'SIGKILL' };

function misbehaviour({ mode, revision }: SimulatedGeneration): Misbehaviour {
  return mode === 'rescue' ? 'none' : misbehaviourOf(revision.content);
}
