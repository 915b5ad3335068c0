import { StringDecoder } from 'node:string_decoder';

/** The length in UTF-16 units beyond which an unfinished line is passed on in pieces. */
const MAX_LINE_LENGTH = 4_096;

/**
 * Passes on the error output of a server in whole lines, because a secret split over two chunks could not be
 * masked.
 */
export class ErrorOutputLines {
  readonly #tell: (text: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(tell: (text: string) => void) {
    this.#tell = tell;
  }

  push(chunk: Buffer): void {
    this.#rest += this.#decoder.write(chunk);
    const end = this.#rest.lastIndexOf('\n') + 1;
    if (end > 0) this.#passText(end);
    else if (this.#rest.length > MAX_LINE_LENGTH) this.#passText(this.#rest.length);
  }

  /** Passes on the rest after the last chunk. */
  end(): void {
    this.#rest += this.#decoder.end();
    if (this.#rest !== '') this.#passText(this.#rest.length);
  }

  #passText(end: number): void {
    const text = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end);
    this.#tell(text);
  }
}
