import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import { parseJSONRPCMessage, SdkError, SdkErrorCode, serializeMessage } from '@modelcontextprotocol/client';
import { McpNotReadingError, McpOutputClosedError } from '../../../errors/mcp.ts';
import type { ServerProcess } from './child.ts';
import { LineSplitter } from './lines.ts';
import { InputThrottle } from './pace.ts';
import { MultilineMessages } from './pretty.ts';
import { ErrorOutputLines } from './said.ts';
import { MAX_MESSAGE_BYTES } from './sizes.ts';
import { parseMessages, RequestTracker } from './wire.ts';

/** The part of a server process that this transport uses; a test supplies its own. */
interface ServerProcessPort {
  readonly input: ServerProcess['input'];
  readonly output: ServerProcess['output'];
  readonly errors: ServerProcess['errors'];
  readonly ended: Promise<string>;
  heardError(text: string): void;
  end(): Promise<void>;
}

/** The maximum number of bytes buffered for a server that does not read its input; beyond it the connection ends. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;

/** Milliseconds after the end of a server's output within which it must exit by itself; then it is terminated. */
const EXIT_TIMEOUT = 1_000;

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
  closeReason: string | undefined;
  #closing = false;
  readonly #child: ServerProcessPort;
  readonly #onErrorOutput: (text: string) => void;
  readonly #requests = new RequestTracker();
  readonly #pretty = new MultilineMessages();
  #closed = false;

  constructor(child: ServerProcessPort, onErrorOutput: (text: string) => void) {
    this.#child = child;
    this.#onErrorOutput = onErrorOutput;
  }

  async start(): Promise<void> {
    const { output, errors, ended } = this.#child;
    const lines = new LineSplitter(MAX_MESSAGE_BYTES);
    const pace = new InputThrottle();
    output.on('data', (chunk: Buffer) => {
      const unasked = this.#readChunk(chunk, lines);
      pauseStream(output, pace.chargeInput(unasked, chunk.length));
    });
    // Only whole lines are passed on, because a secret split over two chunks would not be masked.
    const said = new ErrorOutputLines((text) => {
      this.#child.heardError(text);
      this.#onErrorOutput(text);
    });
    errors.on('data', (chunk: Buffer) => {
      said.push(chunk);
      pauseStream(errors, pace.chargeInput(1, chunk.length));
    });
    errors.once('end', () => said.end());
    // Usually the process exits as well and its exit status is the reason; without output it is unusable.
    output.once('end', () =>
      setTimeout(() => this.#failConnection(new McpOutputClosedError()), EXIT_TIMEOUT).unref(),
    );
    void ended.then((how) => {
      if (!this.#closing) this.closeReason ??= how;
      this.#notifyClosed();
    });
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const { input } = this.#child;
    if (this.#closing) throw new SdkError(SdkErrorCode.NotConnected, 'the connection is being closed');
    this.#requests.addRequest(message);
    input.write(serializeMessage(message));
    if (input.writableLength > MAX_UNREAD_BYTES)
      this.#failConnection(new McpNotReadingError(input.writableLength));
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#child.end();
    this.#notifyClosed();
  }

  /** Reads one chunk; returns the number of unsolicited messages in it. */
  #readChunk(chunk: Buffer, lines: LineSplitter): number {
    let unasked = 0;
    try {
      for (const line of lines.push(chunk)) {
        if (this.#closing) break;
        const text = this.#pretty.push(line);
        if (text !== undefined) unasked += this.#receiveLine(text);
      }
    } catch (error) {
      this.#failConnection(error);
    }
    return unasked;
  }

  /**
   * Handles one line; returns the number of unsolicited messages in it. A line that is not a message counts as one.
   */
  #receiveLine(line: string): number {
    let unasked = 0;
    try {
      for (const each of parseMessages(line)) {
        const { message, asked } = this.#requests.matchResponse(parseJSONRPCMessage(each));
        if (!asked) unasked += 1;
        this.onmessage?.(message);
      }
      return unasked;
    } catch (error) {
      this.onerror?.(toError(error));
      return unasked + 1;
    }
  }

  #failConnection(error: unknown): void {
    this.closeReason ??= toError(error).message;
    this.#child.output.pause();
    void this.close();
  }

  #notifyClosed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.onclose?.();
  }
}

function pauseStream(stream: ServerProcess['output'], milliseconds: number): void {
  if (milliseconds === 0) return;
  stream.pause();
  setTimeout(() => stream.resume(), milliseconds).unref();
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
