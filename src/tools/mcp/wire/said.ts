import { StringDecoder } from 'node:string_decoder';

/** The longest line that is passed on in one piece, in UTF-16 units. */
const LONGEST_LINE = 4_096;

/** Passes what a server writes to its error output on in whole lines, so that secrets in them can be masked. */
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

  /** Nothing more comes. */
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
