import type { Interface } from 'node:readline';

/** Takes what is typed while one conversation is shown. */
export interface Listener {
  line(typed: string): void;
  interrupt(): void;
  /** The input has ended. */
  close(): void;
}

/** What is typed, for one conversation after the other: what comes between two of them waits for the next. */
export class Keyboard {
  readonly #waiting: string[] = [];
  #listener: Listener | null = null;
  #closed = false;

  constructor(readline: Interface) {
    readline.on('line', (typed) => {
      if (this.#listener) this.#listener.line(typed);
      else this.#waiting.push(typed);
    });
    readline.on('SIGINT', () => this.#listener?.interrupt());
    readline.on('close', () => {
      this.#closed = true;
      this.#listener?.close();
    });
  }

  listen(listener: Listener): void {
    this.#listener = listener;
    while (this.#listener === listener) {
      const typed = this.#waiting.shift();
      if (typed === undefined) break;
      listener.line(typed);
    }
    if (this.#closed && this.#listener === listener) listener.close();
  }

  /** The listener gets nothing more. */
  leave(): void {
    this.#listener = null;
  }
}
