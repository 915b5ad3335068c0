import type { SupervisorReply, SupervisorRequest, ToSupervisor } from '../../supervisor/ipc/messages.ts';

/** Sends requests to the supervisor over IPC and matches its replies to them by number. */
export class SupervisorClient {
  readonly #sendMessage: (message: ToSupervisor) => void;
  readonly #open = new Map<number, (answer: SupervisorReply) => void>();
  #last = 0;

  constructor(tell: (message: ToSupervisor) => void) {
    this.#sendMessage = tell;
  }

  /** Sends one request. Never rejects; resolves only when the supervisor replies or is known to be gone. */
  sendRequest(what: SupervisorRequest, reason: string, by?: string): Promise<SupervisorReply> {
    this.#last += 1;
    const request = this.#last;
    return new Promise((resolve) => {
      this.#open.set(request, resolve);
      this.#sendMessage({ type: 'ask', request, what, reason, ...(by === undefined ? {} : { by }) });
    });
  }

  resolveRequest(request: number, answer: SupervisorReply): void {
    this.#open.get(request)?.(answer);
    this.#open.delete(request);
  }

  /** Refuses all open requests with this message, because the supervisor is gone and no longer replies. */
  refuseAll(message: string): void {
    for (const [request] of this.#open) this.resolveRequest(request, { what: 'refused', message });
  }
}
