import { McpMessageTooLongError } from '../../../errors/mcp.ts';

const NEWLINE = 10;

/** Splits a stream of bytes into lines and buffers at most `limit` bytes of an unfinished line. */
export class LineSplitter {
  readonly #limit: number;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Yields the lines that this chunk completes. Throws `McpMessageTooLongError`, after which it must not be called
   * again.
   */
  *push(chunk: Buffer): Generator<string> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#keepPart(chunk.subarray(start, end));
      start = end + 1;
      yield this.#takeLine();
    }
    this.#keepPart(chunk.subarray(start));
  }

  #keepPart(part: Buffer): void {
    this.#size += part.length;
    if (this.#size > this.#limit) {
      this.#parts = [];
      throw new McpMessageTooLongError(this.#limit);
    }
    if (part.length > 0) this.#parts.push(part);
  }

  #takeLine(): string {
    const [only = Buffer.alloc(0)] = this.#parts;
    const line = (this.#parts.length > 1 ? Buffer.concat(this.#parts) : only).toString('utf8');
    this.#parts = [];
    this.#size = 0;
    return line;
  }
}
