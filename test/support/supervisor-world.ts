import { equal, ok } from 'node:assert/strict';
import { decideSupervisor } from '../../src/supervisor/core/decide.ts';
import { defaultCrashPolicy } from '../../src/supervisor/core/model/crash-policy.ts';
import type { SupervisorEffect } from '../../src/supervisor/core/model/effects.ts';
import type { SupervisorEvent, SupervisorTimer } from '../../src/supervisor/core/model/events.ts';
import { defaultHealthPolicy } from '../../src/supervisor/core/model/health-policy.ts';
import { createSupervisorState } from '../../src/supervisor/core/model/initial.ts';
import type { ReportHead } from '../../src/supervisor/core/model/report.ts';
import type { SupervisorState } from '../../src/supervisor/core/model/state.ts';
import type { SupervisorReply } from '../../src/supervisor/ipc/messages.ts';
import { type SimulatedContent, SimulatedFile } from './supervisor-file.ts';
import { SimulatedGenerations } from './supervisor-generations.ts';

/** Something that happens later; `isIdle` marks the rounds of health checks, which never end. */
interface Scheduled {
  at: number;
  isIdle: boolean;
  run(): void;
}

/** Returns the next pseudo-random number below `limit`. */
export type Chance = (limit: number) => number;

/** A small generator (mulberry32), so that a run depends on its seed alone. */
function createChance(seed: number): Chance {
  let state = seed | 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/**
 * A supervisor in a simulated world: its core is the real one; files, processes, sockets and time are simulated. Every
 * effect takes a random time, so events interleave in every order that their sources allow.
 */
export class SupervisorWorld {
  state: SupervisorState;
  readonly file: SimulatedFile;
  readonly generations: SimulatedGenerations;
  /** Handover reports as the last write left them. */
  readonly reports = new Map<string, ReportHead>();
  /** Answers to the requests of clients, by the number of the request. */
  readonly answers = new Map<number, SupervisorReply>();
  readonly exits: number[] = [];
  decisions = 0;
  now = 0;
  readonly #chance: Chance;
  readonly #timers = new Map<string, Scheduled>();
  readonly #sockets = new Map<number, 'bound' | 'used'>();
  #scheduled: Scheduled[] = [];

  constructor(first: SimulatedContent, seed: number) {
    this.#chance = createChance(seed);
    this.file = new SimulatedFile(first);
    this.generations = new SimulatedGenerations({
      chance: this.#chance,
      later: (ms, run) => this.schedule(ms, run),
      dispatch: (event) => this.dispatch(event),
      isDone: () => this.exits.length > 0,
    });
    const settings = {
      ...{ bootLimit: 3_000, crashPolicy: defaultCrashPolicy, healthPolicy: defaultHealthPolicy },
      ...{ startReason: 'the daemon was started', killedBefore: false },
    };
    this.state = createSupervisorState(settings, this.file.createConfigState(), 0);
    this.dispatch({ type: 'started' });
  }

  /** Makes the supervisor decide about an event and performs the effects. */
  dispatch(event: SupervisorEvent): void {
    const { state, effects } = decideSupervisor(this.state, event, { date: this.now, clock: this.now });
    this.state = state;
    this.decisions += 1;
    for (const effect of effects) this.#perform(effect);
    this.#checkAlways();
  }

  /** Runs something after a time in ms. Returns what cancels it. */
  schedule(ms: number, run: () => void, isIdle = false): Scheduled {
    const scheduled = { at: this.now + ms, isIdle, run };
    const index = this.#scheduled.findLastIndex(({ at }) => at <= scheduled.at);
    this.#scheduled.splice(index + 1, 0, scheduled);
    return scheduled;
  }

  /** Lets time pass. */
  runFor(ms: number): void {
    const end = this.now + ms;
    for (let next = this.#scheduled[0]; next && next.at <= end; next = this.#scheduled[0]) this.#runNext();
    this.now = end;
  }

  /** Lets time pass until only rounds of health checks are left. Fails when that takes more than a simulated day. */
  runToRest(): void {
    const end = this.now + 86_400_000;
    while (this.#scheduled.some(({ isIdle }) => !isIdle)) {
      ok(this.now < end, `the supervisor comes to no rest: ${JSON.stringify(this.state.task)}`);
      this.#runNext();
    }
  }

  #runNext(): void {
    const next = this.#scheduled.shift();
    if (!next) return;
    this.now = Math.max(this.now, next.at);
    next.run();
  }

  save(content: SimulatedContent | 'broken' | 'missing'): void {
    this.file.save(content);
    this.schedule(this.#chance(300), () => this.dispatch({ type: 'file_changed' }));
  }

  #perform(effect: SupervisorEffect): void {
    switch (effect.type) {
      case 'arm_timer':
        this.#armTimer(effect.timer, effect.ms);
        break;
      case 'disarm_timer':
        this.#disarmTimer(effect.timer);
        break;
      case 'acquire_socket':
      case 'open_address':
        this.#bind(effect);
        break;
      case 'adopt_socket':
      case 'discard_socket':
        this.#settleSocket(effect.attempt);
        if (effect.type === 'adopt_socket') this.#checkTakeover(effect.attempt);
        break;
      case 'reserve_report':
      case 'open_report':
      case 'write_report':
        this.reports.set(effect.report.id, effect.report);
        break;
      case 'finish':
        this.exits.push(effect.exitCode);
        break;
      case 'send':
        if (effect.message.type === 'answer')
          this.#recordAnswer(effect.message.request, effect.message.answer);
        this.generations.perform(effect);
        break;
      case 'check_file':
      case 'restore_good_revision':
        this.#answerLater(effect);
        break;
      default:
        this.file.perform(effect);
        this.generations.perform(effect);
    }
  }

  /** The file is read at once, and the result arrives later. */
  #answerLater(effect: Extract<SupervisorEffect, { type: 'check_file' | 'restore_good_revision' }>): void {
    const event: SupervisorEvent =
      effect.type === 'check_file'
        ? {
            type: 'file_checked',
            check: effect.check,
            finding: this.file.check(effect.active, effect.wantsDefaults),
          }
        : { type: 'good_revision_restored', good: this.file.restoreGood(effect.active) };
    this.schedule(this.#chance(40), () => this.dispatch(event));
  }

  #recordAnswer(request: number, answer: SupervisorReply): void {
    ok(!this.answers.has(request), `request ${request} is answered twice`);
    this.answers.set(request, answer);
  }

  #bind(effect: Extract<SupervisorEffect, { type: 'acquire_socket' | 'open_address' }>): void {
    const { attempt, listen, type } = effect;
    const isTaken = listen === 'taken' && !(type === 'acquire_socket' && effect.orPresent);
    const failure = isTaken ? 'address in use' : null;
    this.schedule(this.#chance(300), () => {
      if (type === 'open_address') return this.dispatch({ type: 'address_opened', attempt, failure });
      if (failure === null) this.#sockets.set(attempt, 'bound');
      this.dispatch({ type: 'socket_acquired', attempt, failure });
    });
  }

  #settleSocket(attempt: number): void {
    equal(this.#sockets.get(attempt), 'bound', `socket ${attempt} is put to use or closed once`);
    this.#sockets.set(attempt, 'used');
  }

  #checkTakeover(generation: number): void {
    const { killed, alive } = this.generations;
    ok(!killed.has(generation), 'a killed generation does not take over');
    const revision = alive.get(generation)?.revision.number;
    const stored = this.file.revisions.find(({ number }) => number === revision);
    ok(stored?.state !== 'failed', `revision ${revision} has failed and takes over`);
  }

  #armTimer(timer: SupervisorTimer, ms: number): void {
    this.#disarmTimer(timer);
    const key = `${timer.kind}:${timer.of}`;
    const run = () => {
      this.#timers.delete(key);
      this.dispatch({ type: 'timer_fired', timer });
    };
    this.#timers.set(key, this.schedule(ms, run, timer.kind === 'health'));
  }

  #disarmTimer({ kind, of }: SupervisorTimer): void {
    const running = this.#timers.get(`${kind}:${of}`);
    this.#timers.delete(`${kind}:${of}`);
    this.#scheduled = this.#scheduled.filter((each) => each !== running);
  }

  #checkAlways(): void {
    const { generations } = this.state;
    const count = (...states: string[]) => generations.filter(({ state }) => states.includes(state)).length;
    ok(count('serving') <= 1, 'at most one generation serves');
    ok(count('booting', 'ready', 'starting') <= 1, 'at most one candidate boots');
    ok(count('draining') <= (this.state.requests.stop ? 2 : 1), 'a handover waits for the one before');
    ok(this.exits.length <= 1, 'the supervisor ends once');
  }

  /** Sockets that were bound and neither put to use nor closed. */
  listOpenSockets(): number[] {
    return [...this.#sockets].filter(([, state]) => state === 'bound').map(([attempt]) => attempt);
  }
}
