import { decideSupervisor } from '../../src/supervisor/core/decide.ts';
import { defaultCrashPolicy } from '../../src/supervisor/core/model/crash-policy.ts';
import type { SupervisorEffect } from '../../src/supervisor/core/model/effects.ts';
import type { ProcessExit, SupervisorEvent } from '../../src/supervisor/core/model/events.ts';
import { defaultHealthPolicy } from '../../src/supervisor/core/model/health-policy.ts';
import { createSupervisorState } from '../../src/supervisor/core/model/initial.ts';
import {
  type ConfigContent,
  type FileFinding,
  NO_FILE_PROBLEMS,
} from '../../src/supervisor/core/model/revision.ts';
import type { SupervisorState } from '../../src/supervisor/core/model/state.ts';
import type { SupervisorReply, ToSupervisor } from '../../src/supervisor/ipc/messages.ts';

/** A content of the configuration file whose meaning is its name. */
export function content(name: string, { listen = 'here', trial = 0 } = {}): ConfigContent {
  return { hash: name, fingerprint: name, listen, trial, budgets: { drainCap: 1_000, kill: 3_000 } };
}

/** The newest stored revision, and the keys that differ from the active one. */
interface Stored {
  last?: number;
  state?: 'trial' | 'good' | 'failed';
  keys?: string[];
}

/** What a check finds: a change against revision `last`, which a handover or a live change brings into force. */
export function change(
  changed: ConfigContent,
  how: 'live' | 'handover',
  { last = 1, state = 'good', keys = ['key'] }: Stored = {},
): FileFinding {
  return {
    ...{ what: 'valid', content: changed, origin: 'file', needsHandover: how === 'handover', keys },
    ...{ last: { number: last, hash: last === 1 ? 'first' : changed.hash, state }, next: last + 1 },
  };
}

/** What a check finds when the file means what is active. */
export function unchanged(active: ConfigContent): FileFinding {
  return change(active, 'live', { keys: [] });
}

export const FIRST = content('first', { trial: 5_000 });

/**
 * Tells a supervisor's core what happens, event by event. `effects` are those of the last event; `all` are those of the
 * whole story.
 */
export class SupervisorStory {
  state: SupervisorState;
  effects: readonly SupervisorEffect[] = [];
  readonly all: SupervisorEffect[] = [];
  clock = 0;

  constructor({ first = FIRST, canRunSessions = true, killedBefore = false } = {}) {
    const active = { number: 1, content: first, origin: 'file', keys: [], state: 'trial' } as const;
    const config = {
      active: { ...active, keys: [] },
      canRunSessions,
      trialRuns: false,
      file: NO_FILE_PROBLEMS,
    };
    const policies = { crashPolicy: defaultCrashPolicy, healthPolicy: defaultHealthPolicy };
    const settings = { bootLimit: 30_000, ...policies, startReason: 'the daemon was started', killedBefore };
    this.state = createSupervisorState(settings, config, 0);
  }

  when(...events: SupervisorEvent[]): this {
    for (const event of events) {
      const now = { date: this.clock, clock: this.clock };
      const decision = decideSupervisor(this.state, event, now);
      this.state = decision.state;
      this.effects = decision.effects;
      this.all.push(...decision.effects);
    }
    return this;
  }

  /** A generation says something. */
  says(generation: number, message: ToSupervisor): this {
    return this.when({ type: 'message_received', generation, message });
  }

  /** A generation ends; the default is a crash. */
  exits(generation: number, exit: Partial<ProcessExit> = {}): this {
    const crash = { code: 9, signal: null, failure: null, store: null };
    return this.when({ type: 'generation_exited', generation, ...crash, ...exit });
  }

  /** The check under way finds this. */
  finds(finding: FileFinding): this {
    return this.when({ type: 'file_checked', check: this.state.check?.id ?? 0, finding });
  }

  fires(kind: 'boot' | 'kill' | 'health' | 'trial' | 'pause' | 'apply', of: number): this {
    return this.when({ type: 'timer_fired', timer: { kind, of } });
  }

  /** The attempt under way gets its socket, and its process runs. Returns its number. */
  starts(): number {
    const attempt = this.attempt();
    this.when({ type: 'socket_acquired', attempt, failure: null });
    const socket = `/run/${attempt}.sock`;
    this.when({ type: 'generation_started', generation: attempt, pid: attempt, socket });
    return attempt;
  }

  /** The generation is ready and has passed its probes. */
  becomesReady(generation: number): this {
    this.says(generation, { type: 'ready', generation, version: '1.0.0' });
    for (let probe = 1; probe <= 3; probe += 1)
      this.when({ type: 'probe_finished', generation, fault: null });
    return this;
  }

  /** The attempt under way leads to a generation that serves. Returns its number. */
  promotes(): number {
    const generation = this.starts();
    this.becomesReady(generation).says(generation, { type: 'serving' });
    return generation;
  }

  /** Number of the attempt that binds its socket. */
  attempt(): number {
    const { task } = this.state;
    return 'attempt' in task ? task.attempt : 0;
  }

  of<T extends SupervisorEffect['type']>(
    type: T,
    effects: readonly SupervisorEffect[] = this.effects,
  ): Extract<SupervisorEffect, { type: T }>[] {
    return effects.filter((each): each is Extract<SupervisorEffect, { type: T }> => each.type === type);
  }

  /** Answers to the requests of clients, in order. */
  answers(): SupervisorReply[] {
    return this.of('send', this.all).flatMap(({ message }) =>
      message.type === 'answer' ? [message.answer] : [],
    );
  }

  /** Log events of the last event. */
  logged(): string[] {
    return this.of('log').map(({ record: [, event] }) => event);
  }

  /** Phases of a report, as far as they were written. */
  phases(id: string): string[] {
    const written = [...this.of('open_report', this.all), ...this.of('write_report', this.all)];
    const last = written.findLast(({ report }) => report.id === id);
    return last?.report.phases.map(({ phase }) => phase) ?? [];
  }
}

/** A supervisor whose first generation serves; its number is 1. */
export function aServingSupervisor(
  options?: ConstructorParameters<typeof SupervisorStory>[0],
): SupervisorStory {
  const story = new SupervisorStory(options).when({ type: 'started' });
  story.promotes();
  return story;
}
