import type { Interface } from 'node:readline';

/** Receives typed lines and signals while one conversation is shown. */
export interface Listener {
  line(typed: string): void;
  interrupt(): void;
  /** The input has ended. */
  close(): void;
}

/** Delivers typed lines to the current conversation. Lines typed between two conversations wait for the next one. */
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

  /** Detaches the listener; lines typed from now on wait for the next one. */
  leave(): void {
    this.#listener = null;
  }
}
