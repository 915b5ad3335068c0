import { setTimeout as pause } from 'node:timers/promises';
import { Client, isInputRequiredResult, type Progress } from '@modelcontextprotocol/client';
import type { CallResumption } from '../../core/model/elicitation.ts';
import type { JsonObject } from '../../core/model/message.ts';
import { takeHead } from '../../core/model/text.ts';
import { readVersion } from '../../util/version.ts';
import { ActiveCalls, describeProgress, type McpCaller } from './callers.ts';
import { classifyCallFailure, isProbeFailure, type McpCallFailure, readRequiredUrls } from './failure.ts';
import { HttpTransport } from './http.ts';
import type { McpAuthProvider } from './login/access.ts';
import { type ListedTools, type RejectedTool, readToolPage } from './offer/listing.ts';
import type { ListedTool } from './offer/offer.ts';
import { detectSseTransport, SSE_TRANSPORT_UNSUPPORTED } from './old-transport.ts';
import { type CallContinuation, continueWith, InputRequired, repeatUntilInput } from './rounds.ts';
import type { McpConnectionEvents } from './server-state.ts';
import type { McpTiming } from './timing.ts';
import { ServerProcess } from './wire/child.ts';
import type { McpServerConfig } from './wire/config.ts';
import { StdioTransport } from './wire/stdio.ts';
import { readRawResult } from './wire/wire.ts';

/** The member of `_meta` that carries the idempotency key of a call; the key is the same in all attempts. */
const KEY_META = 'midturn/idempotencyKey';

/** Limits for reading a server's tool list; pages and tools beyond them are ignored. */
const MAX_PAGES = 64;
const MAX_TOOLS = 1_000;

/** Milliseconds, the largest delay of a timer: the runner enforces the time limit of calls, not the library. */
const NO_LIMIT = 2 ** 31 - 1;

export interface McpCallOptions extends McpCaller {
  key: string;
  signal: AbortSignal;
  /** The elicitation results for the questions with which the previous attempt of this call ended. */
  answers?: CallResumption | undefined;
}

export interface McpConnectionOptions {
  /** The server's name in the configuration. */
  name: string;
  config: McpServerConfig;
  /** Supplies and renews tokens; set only for a server with `oauth`. */
  access: McpAuthProvider | undefined;
  timing: McpTiming;
}

/** The client supports elicitation by forms and by URLs, but neither sampling nor roots. */
const CAPABILITIES = { elicitation: { form: {}, url: {} } };

/** Milliseconds to wait before subscribing again after the server ended a subscription. */
const RESUBSCRIBE_DELAY = 5_000;

/** The unvalidated result of a call, exactly as the server sent it; `toToolOutput` converts it to a tool output. */
export class RawToolResult {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

/** Thrown when a call produced no result; `known` says whether the server may have executed it. */
class McpCallError extends Error implements McpCallFailure {
  readonly known: McpCallFailure['known'];
  readonly why: string;
  readonly lost: boolean;
  constructor({ known, why, lost }: McpCallFailure) {
    super(why);
    this.known = known;
    this.why = why;
    this.lost = lost;
  }
}

/** An initialized connection to one MCP server, over stdio or HTTP, on which tools are listed and called. */
export class McpConnection {
  readonly #client: Client;
  readonly #transport: StdioTransport | HttpTransport;
  readonly #events: McpConnectionEvents;
  readonly #callers: ActiveCalls;
  /** The input schema of each listed tool; the library derives HTTP headers from it. */
  readonly #schemas = new Map<string, JsonObject>();
  #calls = 0;
  #closing = false;
  readonly #idle = Promise.withResolvers<void>();
  #isLost = false;

  private constructor(
    client: Client,
    transport: StdioTransport | HttpTransport,
    events: McpConnectionEvents,
    callers: ActiveCalls,
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
  static async connect(
    options: McpConnectionOptions,
    events: McpConnectionEvents,
    signal: AbortSignal,
  ): Promise<McpConnection> {
    try {
      return await McpConnection.#connectOnce(options, events, signal, true);
    } catch (error) {
      if (signal.aborted || !(error instanceof Error) || !isProbeFailure(error.cause)) throw error;
      return McpConnection.#connectOnce(options, events, signal, false);
    }
  }

  static async #connectOnce(
    { name, config, access, timing }: McpConnectionOptions,
    events: McpConnectionEvents,
    signal: AbortSignal,
    probe: boolean,
  ): Promise<McpConnection> {
    const callers = new ActiveCalls(name);
    const transport = await openTransport(config, access, events, timing);
    const client = new Client(
      { name: 'midturn', version: readVersion() },
      {
        capabilities: CAPABILITIES,
        inputRequired: { autoFulfill: false },
        ...(probe ? { versionNegotiation: { mode: 'auto', probe: { timeoutMs: timing.probe } } } : {}),
      },
    );
    client.onerror = (error) => events.report('mcp:noise', { error: takeHead(error.message, 500) });
    client.setNotificationHandler('notifications/tools/list_changed', () => events.toolsChanged());
    client.setRequestHandler('elicitation/create', ({ params }, { mcpReq }) =>
      callers.answerElicitation(params, mcpReq.signal),
    );
    const giveUp = () => void transport.close();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      await client.connect(transport, { signal, timeout: NO_LIMIT });
    } catch (error) {
      await transport.close();
      const why = signal.aborted ? String(signal.reason) : await explainConnectFailure(error, config);
      throw new Error(transport.closeReason ?? why, { cause: error });
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
    const connection = new McpConnection(client, transport, events, callers);
    client.onclose = () => connection.#reportLost(transport.closeReason ?? 'the connection was closed');
    void connection.#followToolChanges();
    return connection;
  }

  /** Reads the server's tool list page by page, up to the limits above. Rejects when a request fails. */
  async listTools(signal: AbortSignal): Promise<ListedTools> {
    const tools: ListedTool[] = [];
    const leftOut: RejectedTool[] = [];
    if (!this.#client.getServerCapabilities()?.tools) return { tools, leftOut };
    let cursor: string | undefined;
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const params = cursor === undefined ? {} : { cursor };
      const result = await this.#client.request(
        { method: 'tools/list', params },
        { signal, timeout: NO_LIMIT },
      );
      const page = readToolPage(readRawResult(result));
      leftOut.push(...page.leftOut);
      for (const tool of page.tools) {
        tools.push(tool);
        this.#schemas.set(tool.name, tool.inputSchema);
      }
      cursor = page.next;
      if (cursor === undefined || tools.length >= MAX_TOOLS) break;
    }
    return { tools: tools.slice(0, MAX_TOOLS), leftOut: leftOut.slice(0, MAX_TOOLS) };
  }

  /**
   * Calls a tool and resolves with its raw result, or with the questions that the server asks first. Rejects with
   * `McpCallError`. A tool's output schema is not enforced: its patterns would run on the daemon's event loop, and a
   * model can read a result that does not conform.
   */
  async callTool(
    tool: string,
    args: JsonObject,
    options: McpCallOptions,
  ): Promise<RawToolResult | InputRequired> {
    const { key, signal, answers, session, ask, report } = options;
    if (signal.aborted)
      throw new McpCallError({ known: 'unsent', why: 'it was stopped before', lost: false });
    this.#calls += 1;
    const meta = { [KEY_META]: key };
    const once = (more: CallContinuation) =>
      this.#callers.runCall({ session, ask }, () =>
        this.#callOnce({ ...more, name: tool, arguments: args, _meta: meta }, signal, report),
      );
    try {
      return await repeatUntilInput(once, answers ? continueWith(answers) : {}, signal);
    } catch (error) {
      const pages = readRequiredUrls(error);
      if (pages) return new InputRequired(pages, null);
      const failure = classifyCallFailure(error, this.#transport.sessionId !== undefined);
      if (failure.lost) this.#reportLost(failure.why);
      throw new McpCallError(failure);
    } finally {
      this.#calls -= 1;
      if (this.#closing && this.#calls === 0) this.#idle.resolve();
    }
  }

  async #callOnce(
    params: { name: string; arguments: JsonObject; _meta: Record<string, string> } & CallContinuation,
    signal: AbortSignal,
    report: ((status: string) => void) | undefined,
  ): Promise<RawToolResult | InputRequired> {
    const { name } = params;
    const onprogress = (progress: Progress) => {
      this.#events.report('mcp:progress', { tool: name, ...progress });
      report?.(describeProgress(progress));
    };
    const inputSchema = { type: 'object' as const, ...this.#schemas.get(name) };
    const result = await this.#client.callTool(params, {
      ...{ signal, onprogress, timeout: NO_LIMIT, allowInputRequired: true },
      // The library copies some arguments to headers. Without a definition it would enforce the cached output schema.
      toolDefinition: { name, inputSchema },
    });
    if (!isInputRequiredResult(result)) return new RawToolResult(readRawResult(result));
    const { inputRequests = {}, requestState } = result;
    return new InputRequired(inputRequests, requestState === undefined ? {} : { requestState });
  }

  /** Subscribes to changes of the tool list; in the newer revision, servers notify subscribers only. */
  async #followToolChanges(): Promise<void> {
    const client = this.#client;
    if (client.getProtocolEra() !== 'modern' || !client.getServerCapabilities()?.tools?.listChanged) return;
    while (!this.#isLost && !this.#closing) {
      try {
        const { closed } = await client.listen({ toolsListChanged: true });
        await closed;
      } catch (error) {
        const why = `changes of its tools cannot be followed: ${String(error)}`;
        this.#events.report('mcp:noise', { error: why });
      }
      await pause(RESUBSCRIBE_DELAY, undefined, { ref: false });
      if (!this.#isLost && !this.#closing) this.#events.toolsChanged();
    }
  }

  /** The reason why the server ended the connection; `undefined` while it is open or when the client closed it. */
  get closeReason(): string | undefined {
    return this.#transport.closeReason;
  }

  /** Closes the connection once its running calls have ended, so that they are not aborted with the failed one. */
  closeWhenIdle(): Promise<void> {
    this.#closing = true;
    if (this.#calls === 0) this.#idle.resolve();
    return this.#idle.promise.then(() => this.close());
  }

  /** Closes the connection at once; resolves when its process has exited or its HTTP session has ended. */
  async close(): Promise<void> {
    await this.#transport.close();
  }

  #reportLost(why: string): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#events.lost(why);
  }
}

/** Explains why connecting failed; when the server refuses POST, it also checks for the older HTTP+SSE transport. */
async function explainConnectFailure(error: unknown, config: McpServerConfig): Promise<string> {
  const { why } = classifyCallFailure(error, false);
  const refused = / HTTP status (400|404|405|406|415|501)$/.test(why);
  return refused && config.type === 'http' && (await detectSseTransport(config))
    ? SSE_TRANSPORT_UNSUPPORTED
    : why;
}

async function openTransport(
  config: McpServerConfig,
  access: McpAuthProvider | undefined,
  events: McpConnectionEvents,
  timing: McpTiming,
): Promise<StdioTransport | HttpTransport> {
  if (config.type === 'http') return new HttpTransport(config, access);
  const child = await ServerProcess.spawnServer(config, timing);
  return new StdioTransport(child, (text) => events.wroteError(takeHead(text, 4_096)));
}
