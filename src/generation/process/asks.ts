import type { Answer, Question, ToSupervisor } from '../../supervisor/ipc/messages.ts';

/** Sends requests to the supervisor over IPC and matches its replies to them by number. */
export class Asks {
  readonly #tell: (message: ToSupervisor) => void;
  readonly #open = new Map<number, (answer: Answer) => void>();
  #last = 0;

  constructor(tell: (message: ToSupervisor) => void) {
    this.#tell = tell;
  }

  /** Sends one request. Never rejects; resolves only when the supervisor replies or is known to be gone. */
  ask(what: Question, reason: string, by?: string): Promise<Answer> {
    this.#last += 1;
    const request = this.#last;
    return new Promise((resolve) => {
      this.#open.set(request, resolve);
      this.#tell({ type: 'ask', request, what, reason, ...(by === undefined ? {} : { by }) });
    });
  }

  answered(request: number, answer: Answer): void {
    this.#open.get(request)?.(answer);
    this.#open.delete(request);
  }

  /** Refuses all open requests with this message, because the supervisor is gone and no longer replies. */
  giveUp(message: string): void {
    for (const [request] of this.#open) this.answered(request, { what: 'refused', message });
  }
}
