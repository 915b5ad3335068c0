import type { JsonObject } from '../../core/model/message.ts';
import { messageOf } from '../../errors/errors.ts';
import { McpUnavailableError } from '../../errors/mcp.ts';
import type { EmitEvent } from '../../telemetry/events/catalogue.ts';
import type { McpCallOptions, McpConnection, RawToolResult } from './connection.ts';
import type { McpAuthProvider } from './login/access.ts';
import type { ListedTools, RejectedTool } from './offer/listing.ts';
import type { InputRequired } from './rounds.ts';
import type { McpServerEvents, McpState } from './server-state.ts';
import type { McpTiming } from './timing.ts';
import { delayUnlessAborted, watchAbort } from './waiting.ts';
import { StartAttempt } from './wire/attempt.ts';
import type { McpServerConfig } from './wire/config.ts';
import { isUnsentOnLostConnection, needsLogin } from './wire/reasons.ts';

/** The number of consecutive failures up to which calls wait for the next attempt; beyond it they fail at once. */
const MAX_AWAITED_FAILURES = 3;

/** The maximum number of unusable tools that are logged for each list. */
const MAX_REPORTED_TOOLS = 20;

export class McpServer {
  readonly name: string;
  state: McpState = 'starting';
  #error: string | undefined;
  #attempt = new StartAttempt();
  /** The time of the next attempt in milliseconds since the epoch; set only after a failure. */
  retryAt: number | undefined;
  readonly #config: McpServerConfig;
  readonly #access: McpAuthProvider | undefined;
  readonly #events: McpServerEvents;
  readonly #timing: McpTiming;
  readonly #closing = new AbortController();
  readonly #run: Promise<void>;
  #connection: McpConnection | undefined;
  /** The current connection and earlier ones that still have running calls. */
  readonly #connections = new Set<McpConnection>();
  #failures = 0;
  #calls = 0;
  /** Listed tools that cannot be offered to agents, each with the reason. */
  leftOut: readonly RejectedTool[] = [];
  #list = '';
  #refreshing: Promise<void> | undefined;
  #stale = false;
  #changed = Promise.withResolvers<void>();
  #needsLogin = false;
  #wake = new AbortController();
  #disconnectWith: (why: string) => void = () => {};

  /** Starts connecting at once; `access` supplies the tokens and is set only for a server with `oauth`. */
  constructor(
    name: string,
    config: McpServerConfig,
    access: McpAuthProvider | undefined,
    events: McpServerEvents,
    timing: McpTiming,
  ) {
    this.name = name;
    this.#config = config;
    this.#access = access;
    this.#events = events;
    this.#timing = timing;
    this.#run = this.#keepConnected();
  }

  /** Calls a tool when the server is ready. Rejects with `McpUnavailableError` (nothing sent) or `McpCallError`. */
  async callTool(
    tool: string,
    args: JsonObject,
    options: McpCallOptions,
  ): Promise<RawToolResult | InputRequired> {
    this.#calls += 1;
    try {
      return await this.#callWithRetry(tool, args, options);
    } finally {
      this.#calls -= 1;
      this.#notifyWaiters();
    }
  }

  /** Resolves when the server is ready. Rejects with `McpUnavailableError` when waiting longer cannot help. */
  async waitUntilReady(signal: AbortSignal): Promise<void> {
    await this.#waitForConnection(signal);
  }

  /** Reacts to a login (`granted`) by connecting at once, and to a logout by closing the connection. */
  applyLoginChange(granted: boolean): void {
    if (granted && this.state !== 'ready') this.#wake.abort();
    if (granted || this.state !== 'ready') return;
    this.#needsLogin = true;
    this.#disconnectWith('its login was ended');
  }

  /** Closes the server once its running calls have ended, or after `timing.retire` milliseconds. Never rejects. */
  async closeWhenIdle(): Promise<void> {
    const late = delayUnlessAborted(this.#timing.retire, this.#closing.signal).then(() => true);
    while (this.#calls > 0 && !(await Promise.race([late, this.#changed.promise]))) {}
    await this.close();
  }

  /** Closes all connections of the server at once and aborts their calls. Never rejects. */
  async close(): Promise<void> {
    this.#closing.abort('the server is no longer needed');
    await Promise.all([...this.#connections].map((connection) => connection.close()));
    await this.#run;
  }

  /** The reason why the server is not ready, or what ended its last connection. */
  get error(): string | undefined {
    return (this.state === 'starting' ? this.#attempt.delayReason : undefined) ?? this.#error;
  }

  async #callWithRetry(
    tool: string,
    args: JsonObject,
    options: McpCallOptions,
  ): Promise<RawToolResult | InputRequired> {
    const connection = await this.#waitForConnection(options.signal);
    try {
      return await connection.callTool(tool, args, options);
    } catch (error) {
      if (!isUnsentOnLostConnection(error) || this.#config.type !== 'http' || options.signal.aborted)
        throw error;
      // The server was unreachable, or its session had ended: the call had no effect, so it is made once more.
      await this.#waitForChange(connection);
      return (await this.#waitForConnection(options.signal)).callTool(tool, args, options);
    }
  }

  /** Waits until `connection` has been replaced; a lost connection is dropped asynchronously. */
  async #waitForChange(connection: McpConnection): Promise<void> {
    while (this.#connection === connection) await this.#changed.promise;
  }

  async #waitForConnection(signal: AbortSignal): Promise<McpConnection> {
    if (this.state === 'ready' && this.#connection) return this.#connection;
    using given = watchAbort(signal);
    for (;;) {
      if (this.state === 'ready' && this.#connection) return this.#connection;
      const why = this.#unavailableReason(signal);
      if (why !== undefined) throw new McpUnavailableError(this.name, why);
      await Promise.race([this.#changed.promise, given.aborted]);
    }
  }

  /** Returns the reason why waiting for the server cannot help; `undefined` while waiting is worthwhile. */
  #unavailableReason({ aborted }: AbortSignal): string | undefined {
    if (this.state === 'closed') return 'is no longer configured';
    const slow = this.state === 'starting' && this.#attempt.age >= this.#timing.start;
    if (aborted || slow) return `was not ready (${this.#lastError()})`;
    if (this.state === 'needs_login') return this.#lastError();
    if (this.state === 'failed' && this.#failures > MAX_AWAITED_FAILURES)
      return `is not available (${this.#lastError()})`;
    return undefined;
  }

  #lastError(): string {
    return this.error ?? 'it is still starting';
  }

  async #keepConnected(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      this.#attempt = new StartAttempt();
      this.#setState('starting');
      const lasted = await this.#connectOnce();
      if (signal.aborted) break;
      if (lasted >= this.#timing.stable) {
        this.#failures = 0;
        continue;
      }
      this.#failures += 1;
      const { firstRetry, longestRetry } = this.#timing;
      const delay = Math.min(longestRetry, firstRetry * 2 ** (this.#failures - 1));
      this.#report('mcp:failed', { error: this.error, failures: this.#failures, retryIn: delay });
      this.retryAt = Date.now() + delay;
      this.#setState(this.#needsLogin ? 'needs_login' : 'failed');
      await delayUnlessAborted(delay, AbortSignal.any([signal, this.#wake.signal]));
      this.retryAt = undefined;
      if (this.#wake.signal.aborted) this.#failures = 0;
    }
    this.#setState('closed');
  }

  /** Connects and serves until the connection ends; resolves with the milliseconds for which it was ready. */
  async #connectOnce(): Promise<number> {
    const limit = new AbortController();
    const start = this.#config.type === 'http' ? this.#timing.start : this.#timing.startProcess;
    const timer = setTimeout(() => limit.abort(`it was not ready within ${start / 1_000} s`), start);
    const signal = AbortSignal.any([limit.signal, this.#closing.signal]);
    // Calls wait for a shorter time than the server may take to start.
    const late = setTimeout(() => this.#notifyWaiters(), this.#timing.start).unref();
    const lost = Promise.withResolvers<string>();
    this.#disconnectWith = lost.resolve;
    this.#needsLogin = false;
    try {
      // Loaded lazily, because the library takes a considerable part of the boot time.
      const { McpConnection } = await import('./connection.ts');
      const events = {
        toolsChanged: () => this.#scheduleRefresh(),
        lost: (why: string) => lost.resolve(why),
        wroteError: (text: string) => this.#handleErrorOutput(text),
        report: this.#report,
      };
      const about = { name: this.name, config: this.#config, access: this.#access };
      const options = { ...about, timing: this.#timing };
      this.#connection = await McpConnection.connect(options, events, signal);
      this.#connections.add(this.#connection);
      this.#acceptTools(await this.#connection.listTools(signal));
    } catch (error) {
      this.#needsLogin = needsLogin(error);
      this.#error = this.#attempt.withErrorOutput(this.#connection?.closeReason ?? messageOf(error));
      this.#dropConnection();
      return 0;
    } finally {
      clearTimeout(timer);
      clearTimeout(late);
    }
    return this.#serveUntilLost(lost.promise);
  }

  async #serveUntilLost(lost: Promise<string>): Promise<number> {
    const since = performance.now();
    this.#error = undefined;
    this.#setState('ready');
    this.#error = await lost;
    if (!this.#closing.signal.aborted) this.#report('mcp:lost', { error: this.error });
    this.#dropConnection();
    return performance.now() - since;
  }

  #dropConnection(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#notifyWaiters();
    void connection?.closeWhenIdle().then(() => this.#connections.delete(connection));
  }

  /** Schedules reading the tool list, at most once per `timing.refresh`; notifications until then are combined. */
  #scheduleRefresh(): void {
    this.#stale = true;
    this.#refreshing ??= this.#refreshTools().finally(() => {
      this.#refreshing = undefined;
    });
  }

  async #refreshTools(): Promise<void> {
    const { signal } = this.#closing;
    while (this.#stale && !signal.aborted) {
      await delayUnlessAborted(this.#timing.refresh, signal);
      const connection = this.#connection;
      if (signal.aborted || !connection || this.state !== 'ready') return;
      this.#stale = false;
      const limit = AbortSignal.any([signal, AbortSignal.timeout(this.#timing.start)]);
      try {
        this.#acceptTools(await connection.listTools(limit));
      } catch (error) {
        this.#report('mcp:noise', { error: `its tools could not be listed again: ${String(error)}` });
      }
    }
  }

  #acceptTools({ tools, leftOut }: ListedTools): void {
    this.#stale = false;
    const list = JSON.stringify([tools, leftOut]);
    if (list === this.#list) return;
    this.#list = list;
    this.leftOut = leftOut;
    this.#events.listed(tools);
    this.#report('mcp:listed', { tools: tools.length });
    for (const { tool, why } of leftOut.slice(0, MAX_REPORTED_TOOLS))
      this.#report('mcp:bad_tool', { tool, why });
  }

  #setState(state: McpState): void {
    this.state = state;
    if (state === 'ready') this.#report('mcp:ready', {});
    this.#notifyWaiters();
  }

  #notifyWaiters(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  #handleErrorOutput(text: string): void {
    this.#attempt.addErrorOutput(text);
    this.#report('mcp:stderr', { text });
  }

  readonly #report: EmitEvent = (event, fields) => this.#events.report(event, fields, { server: this.name });
}
