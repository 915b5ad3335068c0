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

/** What is needed of a child. */
type Process = Pick<Child, 'input' | 'output' | 'errors' | 'ended' | 'heardError' | 'end'>;

/** Bytes that may wait for a server that does not read; more mean that it never will. */
const WAITING_LIMIT = 16 * 1024 * 1024;

/** Milliseconds between the end of a server's output and our conclusion that it will not end by itself. */
const LAST_WORD = 1_000;

/**
 * Speaks with a child process in lines of JSON. The library's own transport runs the process in our group and cuts
 * messages in a buffer that it copies for every chunk, so this is ours. Lines that are no messages are reported and
 * passed over, as servers print all kinds of things; a message beyond the limit ends the connection.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly sessionId = undefined;
  /** These two tell the library that silence on a pipe is an older server, not an outage. */
  readonly pid = undefined;
  readonly stderr = null;
  /** Why the connection ended, in words; `undefined` when we closed it. */
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
    // Whole lines: a secret that two chunks share would not be found in either.
    const said = new Said((text) => {
      this.#child.heardError(text);
      this.#onErrorOutput(text);
    });
    errors.on('data', (chunk: Buffer) => {
      said.push(chunk);
      rest(errors, pace.spend(1, chunk.length));
    });
    errors.once('end', () => said.end());
    // Usually the process has ended too and says how; one that lives on without output is of no use.
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

  /** Returns how many of the messages nobody asked for. */
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

  /** Returns how many of the messages in the line nobody asked for; a line that is no message counts as one. */
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
