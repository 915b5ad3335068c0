import type { Answer, Question, ToSupervisor } from '../../supervisor/ipc/messages.ts';

/** Questions to the supervisor, each with its answer. */
export class Asks {
  readonly #tell: (message: ToSupervisor) => void;
  readonly #open = new Map<number, (answer: Answer) => void>();
  #last = 0;

  constructor(tell: (message: ToSupervisor) => void) {
    this.#tell = tell;
  }

  /** Never rejects; resolves only when the supervisor answers. */
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

  /** No answer will come any more. */
  giveUp(message: string): void {
    for (const [request] of this.#open) this.answered(request, { what: 'refused', message });
  }
}
