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

export interface CallOptions extends Caller {
  key: string;
  signal: AbortSignal;
  /** What people said to the questions with which the call has ended before. */
  answers?: Answers | undefined;
}

export interface ConnectionOptions {
  /** The server's name in the configuration. */
  name: string;
  config: McpServerConfig;
  /** For a server that somebody logs in to. */
  access: Access | undefined;
  timing: McpTiming;
}

/** The server may ask people, by forms and by pages; what else servers ask clients for (sampling, roots) we have not. */
const CAPABILITIES = { elicitation: { form: {}, url: {} } };

/** Milliseconds until a server that has ended a subscription is asked for another one. */
const RESUBSCRIBE = 5_000;

/** What a call returned, as the server sent it; `readOutput` makes sense of it. */
export class Returned {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
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
  readonly #callers: Callers;
  /** How each tool wants to be called. */
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
   * Rejects with why there is no connection; nothing of it is left then. The server is asked first whether it speaks the
   * newer revision of the protocol. A few older ones do not survive that, and are not asked the second time.
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
   * Rejects with `CallFailed`. The schema that a tool gives for its own output is not applied: patterns in it would
   * run on our event loop, and a model reads what there is.
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
      // Some arguments may have to be headers too. Without this the library would apply what it knows of outputs.
      toolDefinition: { name, inputSchema },
    });
    if (!isInputRequiredResult(result)) return new Returned(rawResult(result));
    const { inputRequests = {}, requestState } = result;
    return new Round(inputRequests, requestState === undefined ? {} : { requestState });
  }

  /** In the newer revision, only who subscribes hears that tools have changed. */
  async #subscribe(): Promise<void> {
    const client = this.#client;
    if (client.getProtocolEra() !== 'modern' || !client.getServerCapabilities()?.tools?.listChanged) return;
    while (!this.#gone && !this.#left) {
      try {
        const { closed } = await client.listen({ toolsListChanged: true });
        await closed;
      } catch (error) {
        this.#events.detail('mcp:noise', { error: `its changes cannot be followed: ${String(error)}` });
      }
      await pause(RESUBSCRIBE, undefined, { ref: false });
      if (!this.#gone && !this.#left) this.#events.toolsChanged();
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

/** A server that takes no POST may be one of the older kind. */
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
