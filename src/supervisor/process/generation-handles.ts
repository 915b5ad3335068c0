import type { Logger } from '../../telemetry/log.ts';
import { entryPoint } from '../../util/entry.ts';
import type { GenerationEffect } from '../core/model/effects.ts';
import type { ProcessExit, SupervisorEvent } from '../core/model/events.ts';
import type { ActiveRevision } from '../core/model/revision.ts';
import type { AcceptedConfig, DaemonState, ListeningSocket } from '../ipc/messages.ts';
import { type GenerationOptions, GenerationProcess } from './generation-process.ts';
import { probeHealth } from './probe.ts';

export interface GenerationHandlesDeps extends Pick<GenerationOptions, 'home'> {
  log: Logger;
  /** Entry module of a generation process; default `src/generation/main`. */
  entry: URL | undefined;
  /** How long an answer to one health probe may take, in ms. */
  probeLimit: number;
  /** Returns where a new generation writes its output: a file descriptor, or the supervisor's own streams. */
  output(): GenerationOptions['output'];
  /** Lists the sockets that the generation of this attempt inherits. */
  listSockets(attempt: number): readonly ListeningSocket[];
  toAcceptedConfig(revision: ActiveRevision): AcceptedConfig;
  /** Returns what `/v1/status` shows beyond what this generation knows by itself; null when it is not ready. */
  describeState(generation: number): DaemonState | null;
  dispatch(event: SupervisorEvent): void;
}

type Effect<T extends GenerationEffect['type']> = Extract<GenerationEffect, { type: T }>;

/** Starts generation processes, talks to them and kills them, as the supervisor's core says. */
export class GenerationHandles {
  readonly #deps: GenerationHandlesDeps;
  readonly #handles = new Map<number, GenerationProcess>();

  constructor(deps: GenerationHandlesDeps) {
    this.#deps = deps;
  }

  /** Returns at once and never throws; what the processes do arrives as events. */
  performGeneration(effect: GenerationEffect): void {
    switch (effect.type) {
      case 'start_generation':
        this.#startProcess(effect);
        break;
      case 'send':
        this.#handles.get(effect.to)?.sendMessage(effect.message);
        break;
      case 'apply_config':
        this.#applyConfig(effect);
        break;
      case 'send_state':
        this.#sendState(effect.to);
        break;
      case 'kill':
        this.#handles.get(effect.generation)?.kill();
        break;
      case 'probe':
        void this.#probe(effect);
        break;
    }
  }

  /**
   * Sends the changed state to all generations that are ready. It is sent at once, because the client that caused
   * the change may ask for it with its next request.
   */
  broadcastState(): void {
    for (const id of this.#handles.keys()) this.#sendState(id);
  }

  #sendState(id: number): void {
    const state = this.#deps.describeState(id);
    if (state) this.#handles.get(id)?.pushState(state);
  }

  #applyConfig({ to, revision }: Effect<'apply_config'>): void {
    const config = this.#deps.toAcceptedConfig(revision);
    for (const id of to) this.#handles.get(id)?.sendMessage({ type: 'apply', config });
  }

  async #probe({ generation, socket }: Effect<'probe'>): Promise<void> {
    const fault = await probeHealth(socket, this.#deps.probeLimit);
    this.#deps.dispatch({ type: 'probe_finished', generation, fault });
  }

  #startProcess({ generation: id, mode, revision }: Effect<'start_generation'>): void {
    const { home, entry = entryPoint('generation/main'), output, listSockets, dispatch, log } = this.#deps;
    const config = this.#deps.toAcceptedConfig(revision);
    try {
      const options = { entry, home, mode, config, output: output(), sockets: listSockets(id) };
      const handle = new GenerationProcess(options, {
        onMessage: (message) => {
          log.debug({ pid: handle.pid, ...message }, 'generation:said');
          dispatch({ type: 'message_received', generation: id, message });
        },
        onChannelClosed: () => dispatch({ type: 'channel_closed', generation: id }),
        onExit: (exit) => this.#reportExit(id, exit),
      });
      this.#handles.set(id, handle);
      dispatch({ type: 'generation_started', generation: id, pid: handle.pid, socket: handle.socket });
    } catch (error) {
      // Node throws some failures to start a process, e.g. when memory is short; the next attempt may succeed.
      this.#reportExit(id, { code: null, signal: null, failure: String(error), store: null });
    }
  }

  #reportExit(id: number, exit: ProcessExit): void {
    this.#handles.delete(id);
    this.#deps.dispatch({ type: 'generation_exited', generation: id, ...exit });
  }
}
