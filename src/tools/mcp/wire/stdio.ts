import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import { parseJSONRPCMessage, SdkError, SdkErrorCode, serializeMessage } from '@modelcontextprotocol/client';
import { McpNotReadingError, McpOutputClosedError } from '../../../errors/mcp.ts';
import type { Child } from './child.ts';
import { Lines } from './lines.ts';
import { Pace } from './pace.ts';
import { PrettyLines } from './pretty.ts';
import { Said } from './said.ts';
import { MESSAGE_LIMIT } from './sizes.ts';
import { Requests, readMessages } from './wire.ts';

/** The part of a server process that this transport uses; a test supplies its own. */
interface Process {
  readonly input: Child['input'];
  readonly output: Child['output'];
  readonly errors: Child['errors'];
  readonly ended: Promise<string>;
  heardError(text: string): void;
  end(): Promise<void>;
}

/** The maximum number of bytes buffered for a server that does not read its input; beyond it the connection ends. */
const WAITING_LIMIT = 16 * 1024 * 1024;

/** Milliseconds after the end of a server's output within which it must exit by itself; then it is terminated. */
const LAST_WORD = 1_000;

/**
 * Transport that exchanges lines of JSON with a server process. It replaces the library's transport, which runs the
 * process in the daemon's process group and copies its buffer for every chunk. Lines that are not messages are
 * reported and skipped, because servers print all kinds of text; a message beyond the size limit ends the
 * connection.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly sessionId = undefined;
  /**
   * `pid` and `stderr` mark this as a stdio transport: a probe without an answer means an older server, not an
   * outage.
   */
  readonly pid = undefined;
  readonly stderr = null;
  /** The reason why the connection ended; `undefined` while it is open or when the client closed it. */
  fate: string | undefined;
  #closing = false;
  readonly #child: Process;
  readonly #onErrorOutput: (text: string) => void;
  readonly #requests = new Requests();
  readonly #pretty = new PrettyLines();
  #closed = false;

  constructor(child: Process, onErrorOutput: (text: string) => void) {
    this.#child = child;
    this.#onErrorOutput = onErrorOutput;
  }

  async start(): Promise<void> {
    const { output, errors, ended } = this.#child;
    const lines = new Lines(MESSAGE_LIMIT);
    const pace = new Pace();
    output.on('data', (chunk: Buffer) => {
      const unasked = this.#read(chunk, lines);
      rest(output, pace.spend(unasked, chunk.length));
    });
    // Only whole lines are passed on, because a secret split over two chunks would not be masked.
    const said = new Said((text) => {
      this.#child.heardError(text);
      this.#onErrorOutput(text);
    });
    errors.on('data', (chunk: Buffer) => {
      said.push(chunk);
      rest(errors, pace.spend(1, chunk.length));
    });
    errors.once('end', () => said.end());
    // Usually the process exits as well and its exit status is the reason; without output it is unusable.
    output.once('end', () => setTimeout(() => this.#break(new McpOutputClosedError()), LAST_WORD).unref());
    void ended.then((how) => {
      if (!this.#closing) this.fate ??= how;
      this.#close();
    });
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const { input } = this.#child;
    if (this.#closing) throw new SdkError(SdkErrorCode.NotConnected, 'the connection is being closed');
    this.#requests.note(message);
    input.write(serializeMessage(message));
    if (input.writableLength > WAITING_LIMIT) this.#break(new McpNotReadingError(input.writableLength));
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#child.end();
    this.#close();
  }

  /** Reads one chunk; returns the number of unsolicited messages in it. */
  #read(chunk: Buffer, lines: Lines): number {
    let unasked = 0;
    try {
      for (const line of lines.push(chunk)) {
        if (this.#closing) break;
        const text = this.#pretty.push(line);
        if (text !== undefined) unasked += this.#hear(text);
      }
    } catch (error) {
      this.#break(error);
    }
    return unasked;
  }

  /**
   * Handles one line; returns the number of unsolicited messages in it. A line that is not a message counts as one.
   */
  #hear(line: string): number {
    let unasked = 0;
    try {
      for (const each of readMessages(line)) {
        const { message, asked } = this.#requests.settle(parseJSONRPCMessage(each));
        if (!asked) unasked += 1;
        this.onmessage?.(message);
      }
      return unasked;
    } catch (error) {
      this.onerror?.(toError(error));
      return unasked + 1;
    }
  }

  #break(error: unknown): void {
    this.fate ??= toError(error).message;
    this.#child.output.pause();
    void this.close();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.onclose?.();
  }
}

function rest(stream: Child['output'], milliseconds: number): void {
  if (milliseconds === 0) return;
  stream.pause();
  setTimeout(() => stream.resume(), milliseconds).unref();
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
