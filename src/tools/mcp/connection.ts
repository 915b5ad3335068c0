import { type CallToolResult, Client, type Progress } from '@modelcontextprotocol/client';
import type { JsonObject } from '../../core/message.ts';
import { readVersion } from '../../util/version.ts';
import { Child, type ChildTiming } from './child.ts';
import type { McpServerConfig } from './config.ts';
import { type CallFailure, failureOf } from './failure.ts';
import { HttpTransport } from './http.ts';
import type { Access } from './login/access.ts';
import { type ListedTool, listed } from './offer.ts';
import { StdioTransport } from './stdio.ts';

/** Where servers find the idempotency key of a call, in `_meta`: the same however often the call is tried. */
const KEY_META = 'midturn/idempotencyKey';

/** How much of a server's list is read. */
const MOST_PAGES = 64;
const MOST_TOOLS = 1_000;

/** The runner ends calls; the library must not do it before. Timers go no further. */
const NO_LIMIT = 2 ** 31 - 1;

export interface ConnectionEvents {
  /** The server says that its tools have changed. */
  toolsChanged(): void;
  /** The connection has ended or is of no more use; called once, also after `close`. */
  lost(why: string): void;
  /** Things that only somebody who looks for them wants to know. */
  detail(event: 'mcp:progress' | 'mcp:noise' | 'mcp:stderr', about: Record<string, unknown>): void;
}

export interface CallOptions {
  key: string;
  signal: AbortSignal;
}

/** A call that brought no result, with what is known about it. */
class CallFailed extends Error implements CallFailure {
  readonly known: CallFailure['known'];
  readonly why: string;
  readonly lost: boolean;
  constructor({ known, why, lost }: CallFailure) {
    super(why);
    this.known = known;
    this.why = why;
    this.lost = lost;
  }
}

/** An initialized connection to a server. */
export class Connection {
  readonly #client: Client;
  readonly #transport: StdioTransport | HttpTransport;
  readonly #events: ConnectionEvents;
  #calls = 0;
  #left = false;
  readonly #free = Promise.withResolvers<void>();
  #gone = false;

  private constructor(client: Client, transport: StdioTransport | HttpTransport, events: ConnectionEvents) {
    this.#client = client;
    this.#transport = transport;
    this.#events = events;
  }

  /** Rejects with why there is no connection; nothing of it is left then. */
  static async open(
    config: McpServerConfig,
    access: Access | undefined,
    events: ConnectionEvents,
    timing: ChildTiming,
    signal: AbortSignal,
  ): Promise<Connection> {
    const transport = await transportTo(config, access, events, timing);
    // No capabilities: what a server may ask us for (sampling, elicitation, roots) it is told not to ask.
    const client = new Client({ name: 'midturn', version: readVersion() });
    client.onerror = (error) => events.detail('mcp:noise', { error: error.message.slice(0, 500) });
    client.setNotificationHandler('notifications/tools/list_changed', () => events.toolsChanged());
    try {
      await client.connect(transport, { signal, timeout: NO_LIMIT });
    } catch (error) {
      await transport.close();
      throw new Error(transport.fate ?? failureOf(error, false).why, { cause: error });
    }
    const connection = new Connection(client, transport, events);
    client.onclose = () => connection.#lost(transport.fate ?? 'the connection was closed');
    return connection;
  }

  async list(signal: AbortSignal): Promise<ListedTool[]> {
    if (!this.#client.getServerCapabilities()?.tools) return [];
    const tools: ListedTool[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const params = cursor === undefined ? {} : { cursor };
      const result = await this.#client.request(
        { method: 'tools/list', params },
        { signal, timeout: NO_LIMIT },
      );
      for (const tool of result.tools) {
        const kept = listed(tool);
        if (kept) tools.push(kept);
      }
      cursor = result.nextCursor;
      if (cursor === undefined || tools.length >= MOST_TOOLS) break;
    }
    return tools.slice(0, MOST_TOOLS);
  }

  /**
   * Rejects with `CallFailed`. The schema that a tool gives for its own output is not applied: patterns in it would
   * run on our event loop, and a model reads what there is.
   */
  async call(tool: string, args: JsonObject, { key, signal }: CallOptions): Promise<CallToolResult> {
    if (signal.aborted) throw new CallFailed({ known: 'unsent', why: 'it was stopped before', lost: false });
    this.#calls += 1;
    const onprogress = (progress: Progress) => this.#events.detail('mcp:progress', { tool, ...progress });
    try {
      return await this.#client.request(
        { method: 'tools/call', params: { name: tool, arguments: args, _meta: { [KEY_META]: key } } },
        { signal, onprogress, timeout: NO_LIMIT },
      );
    } catch (error) {
      const failure = failureOf(error, this.#transport.sessionId !== undefined);
      if (failure.lost) this.#lost(failure.why);
      throw new CallFailed(failure);
    } finally {
      this.#calls -= 1;
      if (this.#left && this.#calls === 0) this.#free.resolve();
    }
  }

  /** Why the server ended the connection, if it did. */
  get fate(): string | undefined {
    return this.#transport.fate;
  }

  /** Begins no more calls; closed when those that run have ended. One that failed must not take others with it. */
  leave(): Promise<void> {
    this.#left = true;
    if (this.#calls === 0) this.#free.resolve();
    return this.#free.promise.then(() => this.close());
  }

  /** Resolves when nothing of the connection is left. */
  async close(): Promise<void> {
    await this.#transport.close();
  }

  #lost(why: string): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#events.lost(why);
  }
}

async function transportTo(
  config: McpServerConfig,
  access: Access | undefined,
  events: ConnectionEvents,
  timing: ChildTiming,
): Promise<StdioTransport | HttpTransport> {
  if (config.type === 'http') return new HttpTransport(config, access);
  const child = await Child.start(config, timing);
  return new StdioTransport(child, (text) => events.detail('mcp:stderr', { text: text.slice(0, 4_096) }));
}
