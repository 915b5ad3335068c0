import { messageOf } from '../../errors/errors.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { SocketEffect } from '../core/model/effects.ts';
import type { SupervisorEvent } from '../core/model/events.ts';
import type { ListeningSocket } from '../ipc/messages.ts';
import type { Listeners } from './listeners.ts';
import type { BoundTcpSocket } from './sockets.ts';

/** Binds the TCP sockets of the attempts to start a generation, and puts them to use or closes them. */
export class AttemptSockets {
  readonly #listeners: Listeners;
  readonly #log: Logger;
  readonly #dispatch: (event: SupervisorEvent) => void;
  readonly #acquired = new Map<number, BoundTcpSocket>();

  constructor(listeners: Listeners, log: Logger, dispatch: (event: SupervisorEvent) => void) {
    this.#listeners = listeners;
    this.#log = log;
    this.#dispatch = dispatch;
  }

  /** Returns at once and never throws; answers arrive as events. */
  performSocket(effect: SocketEffect): void {
    const { attempt } = effect;
    if (effect.type === 'acquire_socket') void this.#acquire(attempt, effect.listen, effect.orPresent);
    else if (effect.type === 'open_address') void this.#open(attempt, effect.listen);
    else {
      const socket = this.#acquired.get(attempt);
      this.#acquired.delete(attempt);
      if (socket && effect.type === 'adopt_socket') this.#listeners.adoptTcp(socket);
      else if (socket) this.#listeners.discardTcp(socket);
    }
  }

  /** Lists the sockets that the generation of this attempt inherits. */
  listSockets(attempt: number): readonly ListeningSocket[] {
    return this.#listeners.listSocketsFor(this.#acquired.get(attempt) ?? this.#listeners.tcp);
  }

  async #acquire(attempt: number, listen: string, orPresent: boolean): Promise<void> {
    let failure: string | null = null;
    try {
      this.#acquired.set(attempt, await this.#listeners.acquireTcp(listen));
    } catch (error) {
      if (orPresent) {
        const { address, tcp } = this.#listeners;
        this.#log.error({ error, address }, 'supervisor:listen_failed');
        this.#acquired.set(attempt, tcp);
      } else failure = messageOf(error);
    }
    this.#dispatch({ type: 'socket_acquired', attempt, failure });
  }

  async #open(attempt: number, listen: string): Promise<void> {
    let failure: string | null = null;
    try {
      this.#listeners.listenAndAdopt(await this.#listeners.acquireTcp(listen));
    } catch (error) {
      failure = messageOf(error);
    }
    this.#dispatch({ type: 'address_opened', attempt, failure });
  }
}
