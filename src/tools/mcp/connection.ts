import { setTimeout as pause } from 'node:timers/promises';
import { Client, isInputRequiredResult, type Progress } from '@modelcontextprotocol/client';
import type { Answers } from '../../core/model/elicitation.ts';
import type { JsonObject } from '../../core/model/message.ts';
import { takeHead } from '../../core/model/text.ts';
import { readVersion } from '../../util/version.ts';
import { type Caller, Callers } from './callers.ts';
import { type CallFailure, failureOf, pagesOf, wasProbe } from './failure.ts';
import { HttpTransport } from './http.ts';
import type { Access } from './login/access.ts';
import { type LeftOut, readPage, type ToolList } from './offer/listing.ts';
import type { ListedTool } from './offer/offer.ts';
import { OLD_TRANSPORT, speaksOldTransport } from './old-transport.ts';
import { type Resumed, Round, resumedBy, untilAsked } from './rounds.ts';
import type { McpTiming } from './timing.ts';
import { Child } from './wire/child.ts';
import type { McpServerConfig } from './wire/config.ts';
import { StdioTransport } from './wire/stdio.ts';
import { rawResult } from './wire/wire.ts';

/** The member of `_meta` that carries the idempotency key of a call; the key is the same in all attempts. */
const KEY_META = 'midturn/idempotencyKey';

/** Limits for reading a server's tool list; pages and tools beyond them are ignored. */
const MOST_PAGES = 64;
const MOST_TOOLS = 1_000;

/** Milliseconds, the largest delay of a timer: the runner enforces the time limit of calls, not the library. */
const NO_LIMIT = 2 ** 31 - 1;

export interface ConnectionEvents {
  /** Called when the server reports that its tools have changed; the list must be read again. */
  toolsChanged(): void;
  /** Called once when the connection has ended or became unusable, also after `close`; `why` is the reason. */
  lost(why: string): void;
  /** Reports diagnostic details, which are logged at level `debug` only. */
  detail(event: 'mcp:progress' | 'mcp:noise' | 'mcp:stderr', about: Record<string, unknown>): void;
}

export interface CallOptions extends Caller {
  key: string;
  signal: AbortSignal;
  /** The elicitation results for the questions with which the previous attempt of this call ended. */
  answers?: Answers | undefined;
}

export interface ConnectionOptions {
  /** The server's name in the configuration. */
  name: string;
  config: McpServerConfig;
  /** Supplies and renews tokens; set only for a server with `oauth`. */
  access: Access | undefined;
  timing: McpTiming;
}

/** The client supports elicitation by forms and by URLs, but neither sampling nor roots. */
const CAPABILITIES = { elicitation: { form: {}, url: {} } };

/** Milliseconds to wait before subscribing again after the server ended a subscription. */
const RESUBSCRIBE = 5_000;

/** The unvalidated result of a call, exactly as the server sent it; `readOutput` converts it to a tool output. */
export class Returned {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

/** Thrown when a call produced no result; `known` says whether the server may have executed it. */
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

/** An initialized connection to one MCP server, over stdio or HTTP, on which tools are listed and called. */
export class Connection {
  readonly #client: Client;
  readonly #transport: StdioTransport | HttpTransport;
  readonly #events: ConnectionEvents;
  readonly #callers: Callers;
  /** The input schema of each listed tool; the library derives HTTP headers from it. */
  readonly #schemas = new Map<string, JsonObject>();
  #calls = 0;
  #left = false;
  readonly #free = Promise.withResolvers<void>();
  #gone = false;

  private constructor(
    client: Client,
    transport: StdioTransport | HttpTransport,
    events: ConnectionEvents,
    callers: Callers,
  ) {
    this.#client = client;
    this.#transport = transport;
    this.#events = events;
    this.#callers = callers;
  }

  /**
   * Connects to a server and completes the handshake. The first attempt probes for the newer protocol revision;
   * some older servers exit or fail on that probe, so the second attempt omits it. Rejects with an Error that says
   * why there is no connection; processes and streams have been released by then.
   */
  static async open(
    options: ConnectionOptions,
    events: ConnectionEvents,
    signal: AbortSignal,
  ): Promise<Connection> {
    try {
      return await Connection.#open(options, events, signal, true);
    } catch (error) {
      if (signal.aborted || !(error instanceof Error) || !wasProbe(error.cause)) throw error;
      return Connection.#open(options, events, signal, false);
    }
  }

  static async #open(
    { name, config, access, timing }: ConnectionOptions,
    events: ConnectionEvents,
    signal: AbortSignal,
    probe: boolean,
  ): Promise<Connection> {
    const callers = new Callers(name);
    const transport = await transportTo(config, access, events, timing);
    const client = new Client(
      { name: 'midturn', version: readVersion() },
      {
        capabilities: CAPABILITIES,
        inputRequired: { autoFulfill: false },
        ...(probe ? { versionNegotiation: { mode: 'auto', probe: { timeoutMs: timing.probe } } } : {}),
      },
    );
    client.onerror = (error) => events.detail('mcp:noise', { error: takeHead(error.message, 500) });
    client.setNotificationHandler('notifications/tools/list_changed', () => events.toolsChanged());
    client.setRequestHandler('elicitation/create', ({ params }, { mcpReq }) =>
      callers.answer(params, mcpReq.signal),
    );
    const giveUp = () => void transport.close();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      await client.connect(transport, { signal, timeout: NO_LIMIT });
    } catch (error) {
      await transport.close();
      const why = signal.aborted ? String(signal.reason) : await reasonOf(error, config);
      throw new Error(transport.fate ?? why, { cause: error });
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
    const connection = new Connection(client, transport, events, callers);
    client.onclose = () => connection.#lost(transport.fate ?? 'the connection was closed');
    void connection.#subscribe();
    return connection;
  }

  /** Reads the server's tool list page by page, up to the limits above. Rejects when a request fails. */
  async list(signal: AbortSignal): Promise<ToolList> {
    const tools: ListedTool[] = [];
    const leftOut: LeftOut[] = [];
    if (!this.#client.getServerCapabilities()?.tools) return { tools, leftOut };
    let cursor: string | undefined;
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const params = cursor === undefined ? {} : { cursor };
      const result = await this.#client.request(
        { method: 'tools/list', params },
        { signal, timeout: NO_LIMIT },
      );
      const page = readPage(rawResult(result));
      leftOut.push(...page.leftOut);
      for (const tool of page.tools) {
        tools.push(tool);
        this.#schemas.set(tool.name, tool.inputSchema);
      }
      cursor = page.next;
      if (cursor === undefined || tools.length >= MOST_TOOLS) break;
    }
    return { tools: tools.slice(0, MOST_TOOLS), leftOut: leftOut.slice(0, MOST_TOOLS) };
  }

  /**
   * Calls a tool and resolves with its raw result, or with the questions that the server asks first. Rejects with
   * `CallFailed`. A tool's output schema is not enforced: its patterns would run on the daemon's event loop, and a
   * model can read a result that does not conform.
   */
  async call(tool: string, args: JsonObject, options: CallOptions): Promise<Returned | Round> {
    const { key, signal, answers, session, ask } = options;
    if (signal.aborted) throw new CallFailed({ known: 'unsent', why: 'it was stopped before', lost: false });
    this.#calls += 1;
    const meta = { [KEY_META]: key };
    const once = (more: Resumed) =>
      this.#callers.run({ session, ask }, () =>
        this.#callOnce({ ...more, name: tool, arguments: args, _meta: meta }, signal),
      );
    try {
      return await untilAsked(once, answers ? resumedBy(answers) : {}, signal);
    } catch (error) {
      const pages = pagesOf(error);
      if (pages) return new Round(pages, null);
      const failure = failureOf(error, this.#transport.sessionId !== undefined);
      if (failure.lost) this.#lost(failure.why);
      throw new CallFailed(failure);
    } finally {
      this.#calls -= 1;
      if (this.#left && this.#calls === 0) this.#free.resolve();
    }
  }

  async #callOnce(
    params: { name: string; arguments: JsonObject; _meta: Record<string, string> } & Resumed,
    signal: AbortSignal,
  ): Promise<Returned | Round> {
    const { name } = params;
    const onprogress = (progress: Progress) =>
      this.#events.detail('mcp:progress', { tool: name, ...progress });
    const inputSchema = { type: 'object' as const, ...this.#schemas.get(name) };
    const result = await this.#client.callTool(params, {
      ...{ signal, onprogress, timeout: NO_LIMIT, allowInputRequired: true },
      // The library copies some arguments to headers. Without a definition it would enforce the cached output schema.
      toolDefinition: { name, inputSchema },
    });
    if (!isInputRequiredResult(result)) return new Returned(rawResult(result));
    const { inputRequests = {}, requestState } = result;
    return new Round(inputRequests, requestState === undefined ? {} : { requestState });
  }

  /** Subscribes to changes of the tool list; in the newer revision, servers notify subscribers only. */
  async #subscribe(): Promise<void> {
    const client = this.#client;
    if (client.getProtocolEra() !== 'modern' || !client.getServerCapabilities()?.tools?.listChanged) return;
    while (!this.#gone && !this.#left) {
      try {
        const { closed } = await client.listen({ toolsListChanged: true });
        await closed;
      } catch (error) {
        this.#events.detail('mcp:noise', {
          error: `changes of its tools cannot be followed: ${String(error)}`,
        });
      }
      await pause(RESUBSCRIBE, undefined, { ref: false });
      if (!this.#gone && !this.#left) this.#events.toolsChanged();
    }
  }

  /** The reason why the server ended the connection; `undefined` while it is open or when the client closed it. */
  get fate(): string | undefined {
    return this.#transport.fate;
  }

  /** Closes the connection once its running calls have ended, so that they are not aborted with the failed one. */
  leave(): Promise<void> {
    this.#left = true;
    if (this.#calls === 0) this.#free.resolve();
    return this.#free.promise.then(() => this.close());
  }

  /** Closes the connection at once; resolves when its process has exited or its HTTP session has ended. */
  async close(): Promise<void> {
    await this.#transport.close();
  }

  #lost(why: string): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#events.lost(why);
  }
}

/** Explains why connecting failed; when the server refuses POST, it also checks for the older HTTP+SSE transport. */
async function reasonOf(error: unknown, config: McpServerConfig): Promise<string> {
  const { why } = failureOf(error, false);
  const refused = / HTTP status (400|404|405|406|415|501)$/.test(why);
  return refused && config.type === 'http' && (await speaksOldTransport(config)) ? OLD_TRANSPORT : why;
}

async function transportTo(
  config: McpServerConfig,
  access: Access | undefined,
  events: ConnectionEvents,
  timing: McpTiming,
): Promise<StdioTransport | HttpTransport> {
  if (config.type === 'http') return new HttpTransport(config, access);
  const child = await Child.start(config, timing);
  return new StdioTransport(child, (text) => events.detail('mcp:stderr', { text: takeHead(text, 4_096) }));
}
