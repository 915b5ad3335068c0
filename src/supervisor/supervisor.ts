import type { Logger } from '../telemetry/log.ts';
import type { ConfigFiles } from './config/config-files.ts';
import { decideSupervisor } from './core/decide.ts';
import { describeDaemon, describeFleet } from './core/describe.ts';
import { findGeneration } from './core/model/draft.ts';
import type { ConfigEffect, SupervisorEffect } from './core/model/effects.ts';
import type { SupervisorEvent } from './core/model/events.ts';
import type { SupervisorState } from './core/model/state.ts';
import type { HandoverLog } from './handover/handover-log.ts';
import { type SupervisorLog, writeLogRecord } from './host/own-log.ts';
import { StatusPublisher } from './host/status-publisher.ts';
import type { DaemonState } from './ipc/messages.ts';
import type { SupervisorOptions } from './options.ts';
import { GenerationHandles } from './process/generation-handles.ts';
import { SupervisorTimers } from './process/timers.ts';
import { AttemptSockets } from './sockets/attempt-sockets.ts';
import type { Listeners } from './sockets/listeners.ts';

/**
 * The result of a supervisor's run: why it ended, as a sentence part for the log, and the exit code for its
 * process.
 */
export interface ExitReason {
  exitCode: number;
  reason: string;
}

/** What performs the effects of one supervisor; built once by `runSupervisor` and never replaced. */
export interface SupervisorDeps {
  options: SupervisorOptions;
  ownLog: SupervisorLog;
  config: ConfigFiles;
  listeners: Listeners;
  handoverLog: HandoverLog;
}

/**
 * The shell around the supervisor's core. It holds the state, passes each event to `decideSupervisor`, and performs
 * the effects of each decision before the next event is decided. It decides nothing itself.
 */
export class Supervisor {
  readonly #deps: SupervisorDeps;
  readonly #log: Logger;
  readonly #generations: GenerationHandles;
  readonly #sockets: AttemptSockets;
  readonly #status: StatusPublisher;
  readonly #timers = new SupervisorTimers((timer) => this.dispatch({ type: 'timer_fired', timer }));
  readonly #ended = Promise.withResolvers<ExitReason>();
  readonly #queue: SupervisorEvent[] = [];
  #isDeciding = false;
  #state: SupervisorState;

  constructor(deps: SupervisorDeps, state: SupervisorState) {
    const { options, ownLog, listeners, config } = deps;
    const dispatch = (event: SupervisorEvent) => this.dispatch(event);
    this.#deps = deps;
    this.#state = state;
    this.#log = ownLog.log;
    this.#status = new StatusPublisher(options.home, this.#log, options.serviceManager);
    this.#sockets = new AttemptSockets(listeners, this.#log, dispatch);
    this.#generations = new GenerationHandles({
      home: options.home,
      log: this.#log,
      entry: options.generation,
      probeLimit: state.settings.healthPolicy.limit,
      output: () => ownLog.output,
      listSockets: (attempt) => this.#sockets.listSockets(attempt),
      toAcceptedConfig: (revision) => config.toAcceptedConfig(revision),
      describeState: (generation) => this.#describeState(generation),
      dispatch,
    });
  }

  /**
   * Runs until a stop or a hopeless start; `early` are events from before this supervisor was there. Rejects with an
   * unexpected error, which is a bug.
   */
  run(early: readonly SupervisorEvent[]): Promise<ExitReason> {
    for (const event of early) this.dispatch(event);
    this.dispatch({ type: 'started' });
    return this.#ended.promise;
  }

  /**
   * Decides what follows from an event, and does it. Events that arrive meanwhile wait for their turn. Never throws; an
   * unexpected error ends the run.
   */
  dispatch(event: SupervisorEvent): void {
    this.#queue.push(event);
    if (this.#isDeciding) return;
    this.#isDeciding = true;
    try {
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#decide(next);
    } catch (error) {
      this.#ended.reject(error);
    } finally {
      this.#isDeciding = false;
    }
  }

  /** Sends the current state to all generations, because something that their `/v1/status` shows has changed. */
  broadcastState(): void {
    this.#generations.broadcastState();
  }

  /** Files beside the configuration whose content is part of it. */
  listConfigFiles(): readonly string[] {
    return this.#deps.config.listFiles(this.#state.config.active.content);
  }

  #decide(event: SupervisorEvent): void {
    const now = { date: Date.now(), clock: performance.now() };
    const { state, effects } = decideSupervisor(this.#state, this.#maskSecrets(event), now);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: SupervisorEffect): void {
    switch (effect.type) {
      case 'log':
        writeLogRecord(this.#log, effect.record);
        break;
      case 'arm_timer':
        this.#timers.armTimer(effect.timer, effect.ms);
        break;
      case 'disarm_timer':
        this.#timers.disarmTimer(effect.timer);
        break;
      case 'check_file':
      case 'restore_good_revision':
      case 'add_revision':
      case 'mark_revision':
      case 'refresh_revision':
        this.#performConfig(effect);
        break;
      case 'acquire_socket':
      case 'adopt_socket':
      case 'discard_socket':
      case 'open_address':
        this.#sockets.performSocket(effect);
        break;
      case 'reserve_report':
      case 'open_report':
      case 'write_report':
      case 'report_sessions':
        this.#deps.handoverLog.performReport(effect);
        break;
      case 'publish_state':
      case 'write_status':
      case 'notify_stopping':
      case 'finish':
        this.#performOwn(effect);
        break;
      default:
        this.#generations.performGeneration(effect);
    }
  }

  #performConfig(effect: ConfigEffect): void {
    const result = this.#deps.config.performConfig(effect);
    if (result) this.dispatch(result);
  }

  #performOwn(effect: Extract<SupervisorEffect, { type: OwnEffect }>): void {
    const { ownLog, config, listeners, handoverLog } = this.#deps;
    if (effect.type === 'write_status')
      this.#status.writeStatus(describeFleet(this.#state), listeners.address);
    else if (effect.type === 'notify_stopping') this.#status.reportStopping(effect.reason);
    else if (effect.type === 'publish_state') {
      ownLog.applyLogging(config.findConfig(this.#state.config.active.content));
      this.broadcastState();
    } else {
      const { exitCode, reason } = effect;
      handoverLog.flush();
      this.#timers.close();
      this.#status.close();
      this.#ended.resolve({ exitCode, reason });
    }
  }

  #describeState(id: number): DaemonState | null {
    const generation = findGeneration(this.#state, id);
    if (generation === null || generation.number === null) return null;
    const { latest: handover } = this.#deps.handoverLog;
    return { ...describeDaemon(this.#state, generation.mode), handover };
  }

  /** A reason from outside may name a secret of the configuration that is being tried. */
  #maskSecrets(event: SupervisorEvent): SupervisorEvent {
    const { task } = this.#state;
    if (!('revision' in task)) return event;
    const mask = (text: string) => this.#deps.config.maskSecrets(task.revision.content, text);
    if ('failure' in event && event.failure !== null) return { ...event, failure: mask(event.failure) };
    if (event.type !== 'message_received' || event.message.type !== 'refused') return event;
    return { ...event, message: { ...event.message, reason: mask(event.message.reason) } };
  }
}

/** Effects on the state that is shown and on the supervisor itself. */
type OwnEffect = 'publish_state' | 'write_status' | 'notify_stopping' | 'finish';
