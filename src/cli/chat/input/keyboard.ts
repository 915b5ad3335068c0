import type { Interface } from 'node:readline';

/** Receives typed lines and signals while one conversation is shown. */
export interface KeyboardListener {
  onLine(typed: string): void;
  onInterrupt(): void;
  /** The input has ended. */
  onClose(): void;
}

/** Delivers typed lines to the current conversation. Lines typed between two conversations wait for the next one. */
export class Keyboard {
  readonly #waiting: string[] = [];
  #listener: KeyboardListener | null = null;
  #closed = false;

  constructor(readline: Interface) {
    readline.on('line', (typed) => {
      if (this.#listener) this.#listener.onLine(typed);
      else this.#waiting.push(typed);
    });
    readline.on('SIGINT', () => this.#listener?.onInterrupt());
    readline.on('close', () => {
      this.#closed = true;
      this.#listener?.onClose();
    });
  }

  setListener(listener: KeyboardListener): void {
    this.#listener = listener;
    while (this.#listener === listener) {
      const typed = this.#waiting.shift();
      if (typed === undefined) break;
      listener.onLine(typed);
    }
    if (this.#closed && this.#listener === listener) listener.onClose();
  }

  /** Detaches the listener; lines typed from now on wait for the next one. */
  clearListener(): void {
    this.#listener = null;
  }
}
