import { StringDecoder } from 'node:string_decoder';

/** The length in UTF-16 units beyond which an unfinished line is passed on in pieces. */
const LONGEST_LINE = 4_096;

/**
 * Passes on the error output of a server in whole lines, because a secret split over two chunks could not be
 * masked.
 */
export class Said {
  readonly #tell: (text: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(tell: (text: string) => void) {
    this.#tell = tell;
  }

  push(chunk: Buffer): void {
    this.#rest += this.#decoder.write(chunk);
    const end = this.#rest.lastIndexOf('\n') + 1;
    if (end > 0) this.#pass(end);
    else if (this.#rest.length > LONGEST_LINE) this.#pass(this.#rest.length);
  }

  /** Passes on the rest after the last chunk. */
  end(): void {
    this.#rest += this.#decoder.end();
    if (this.#rest !== '') this.#pass(this.#rest.length);
  }

  #pass(end: number): void {
    const text = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end);
    this.#tell(text);
  }
}
