import type { JsonObject } from '../../core/model/message.ts';
import { messageOf } from '../../errors/errors.ts';
import { McpUnavailableError } from '../../errors/mcp.ts';
import type { CallOptions, Connection, Returned } from './connection.ts';
import type { Access } from './login/access.ts';
import type { LeftOut, ToolList } from './offer/listing.ts';
import type { ListedTool } from './offer/offer.ts';
import type { McpReport } from './report.ts';
import type { Round } from './rounds.ts';
import type { McpTiming } from './timing.ts';
import { onAbort, pause } from './waiting.ts';
import { Attempt } from './wire/attempt.ts';
import type { McpServerConfig } from './wire/config.ts';
import { asksForLogin, didNotGetThrough } from './wire/reasons.ts';

/**
 * The state of one MCP server, which is kept connected.
 *
 *   starting     a connection is being opened; calls wait for it
 *   ready        connected and its tools are known, until the connection is lost
 *   failed       the last attempt failed, or a connection was lost soon; the next attempt is scheduled
 *   needs_login  like failed, because a login is missing; the next attempt follows the login at once
 *   closed       the process or connection is gone; final
 */
export type McpState = 'starting' | 'ready' | 'failed' | 'needs_login' | 'closed';

export interface ServerEvents {
  /** Called when the tool list was read and differs from the previous one. */
  listed(tools: readonly ListedTool[]): void;
  report: McpReport;
}

/** The number of consecutive failures up to which calls wait for the next attempt; beyond it they fail at once. */
const PATIENCE = 3;

/** The maximum number of unusable tools that are logged for each list. */
const MOST_TOLD = 20;

export class McpServer {
  readonly name: string;
  state: McpState = 'starting';
  #error: string | undefined;
  #attempt = new Attempt();
  /** The time of the next attempt in milliseconds since the epoch; set only after a failure. */
  retryAt: number | undefined;
  readonly #config: McpServerConfig;
  readonly #access: Access | undefined;
  readonly #events: ServerEvents;
  readonly #timing: McpTiming;
  readonly #closing = new AbortController();
  readonly #run: Promise<void>;
  #connection: Connection | undefined;
  /** The current connection and earlier ones that still have running calls. */
  readonly #connections = new Set<Connection>();
  #failures = 0;
  #calls = 0;
  /** Listed tools that cannot be offered to agents, each with the reason. */
  leftOut: readonly LeftOut[] = [];
  #list = '';
  #refreshing: Promise<void> | undefined;
  #stale = false;
  #changed = Promise.withResolvers<void>();
  #needsLogin = false;
  #wake = new AbortController();
  #end: (why: string) => void = () => {};

  /** Starts connecting at once; `access` supplies the tokens and is set only for a server with `oauth`. */
  constructor(
    name: string,
    config: McpServerConfig,
    access: Access | undefined,
    events: ServerEvents,
    timing: McpTiming,
  ) {
    this.name = name;
    this.#config = config;
    this.#access = access;
    this.#events = events;
    this.#timing = timing;
    this.#run = this.#keepConnected();
  }

  /** Calls a tool when the server is ready. Rejects with `McpUnavailableError` (nothing sent) or `CallFailed`. */
  async call(tool: string, args: JsonObject, options: CallOptions): Promise<Returned | Round> {
    this.#calls += 1;
    try {
      return await this.#call(tool, args, options);
    } finally {
      this.#calls -= 1;
      this.#change();
    }
  }

  /** Resolves when the server is ready. Rejects with `McpUnavailableError` when waiting longer cannot help. */
  async ready(signal: AbortSignal): Promise<void> {
    await this.#connected(signal);
  }

  /** Reacts to a login (`granted`) by connecting at once, and to a logout by closing the connection. */
  loginChanged(granted: boolean): void {
    if (granted && this.state !== 'ready') this.#wake.abort();
    if (granted || this.state !== 'ready') return;
    this.#needsLogin = true;
    this.#end('its login was ended');
  }

  /** Closes the server once its running calls have ended, or after `timing.retire` milliseconds. Never rejects. */
  async retire(): Promise<void> {
    const late = pause(this.#timing.retire, this.#closing.signal).then(() => true);
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
    return (this.state === 'starting' ? this.#attempt.delay : undefined) ?? this.#error;
  }

  async #call(tool: string, args: JsonObject, options: CallOptions): Promise<Returned | Round> {
    const connection = await this.#connected(options.signal);
    try {
      return await connection.call(tool, args, options);
    } catch (error) {
      if (!didNotGetThrough(error) || this.#config.type !== 'http' || options.signal.aborted) throw error;
      // The server was unreachable, or its session had ended: the call had no effect, so it is made once more.
      await this.#changedFrom(connection);
      return (await this.#connected(options.signal)).call(tool, args, options);
    }
  }

  /** Waits until `connection` has been replaced; a lost connection is dropped asynchronously. */
  async #changedFrom(connection: Connection): Promise<void> {
    while (this.#connection === connection) await this.#changed.promise;
  }

  async #connected(signal: AbortSignal): Promise<Connection> {
    if (this.state === 'ready' && this.#connection) return this.#connection;
    using given = onAbort(signal);
    for (;;) {
      if (this.state === 'ready' && this.#connection) return this.#connection;
      const why = this.#unavailable(signal);
      if (why !== undefined) throw new McpUnavailableError(this.name, why);
      await Promise.race([this.#changed.promise, given.aborted]);
    }
  }

  /** Returns the reason why waiting for the server cannot help; `undefined` while waiting is worthwhile. */
  #unavailable({ aborted }: AbortSignal): string | undefined {
    if (this.state === 'closed') return 'is no longer configured';
    const slow = this.state === 'starting' && this.#attempt.age >= this.#timing.start;
    if (aborted || slow) return `was not ready (${this.#why()})`;
    if (this.state === 'needs_login') return this.#why();
    if (this.state === 'failed' && this.#failures > PATIENCE) return `is not available (${this.#why()})`;
    return undefined;
  }

  #why(): string {
    return this.error ?? 'it is still starting';
  }

  async #keepConnected(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      this.#attempt = new Attempt();
      this.#enter('starting');
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
      this.#enter(this.#needsLogin ? 'needs_login' : 'failed');
      await pause(delay, AbortSignal.any([signal, this.#wake.signal]));
      this.retryAt = undefined;
      if (this.#wake.signal.aborted) this.#failures = 0;
    }
    this.#enter('closed');
  }

  /** Connects and serves until the connection ends; resolves with the milliseconds for which it was ready. */
  async #connectOnce(): Promise<number> {
    const limit = new AbortController();
    const start = this.#config.type === 'http' ? this.#timing.start : this.#timing.startProcess;
    const timer = setTimeout(() => limit.abort(`it was not ready within ${start / 1_000} s`), start);
    const signal = AbortSignal.any([limit.signal, this.#closing.signal]);
    // Calls wait for a shorter time than the server may take to start.
    const late = setTimeout(() => this.#change(), this.#timing.start).unref();
    const lost = Promise.withResolvers<string>();
    this.#end = lost.resolve;
    this.#needsLogin = false;
    try {
      // Loaded lazily, because the library takes a considerable part of the boot time.
      const { Connection } = await import('./connection.ts');
      const events = {
        toolsChanged: () => this.#refreshSoon(),
        lost: (why: string) => lost.resolve(why),
        detail: this.#detail,
      };
      const about = { name: this.name, config: this.#config, access: this.#access };
      const options = { ...about, timing: this.#timing };
      this.#connection = await Connection.open(options, events, signal);
      this.#connections.add(this.#connection);
      this.#take(await this.#connection.list(signal));
    } catch (error) {
      this.#needsLogin = asksForLogin(error);
      this.#error = this.#attempt.explain(this.#connection?.fate ?? messageOf(error));
      this.#disconnect();
      return 0;
    } finally {
      clearTimeout(timer);
      clearTimeout(late);
    }
    return this.#serve(lost.promise);
  }

  async #serve(lost: Promise<string>): Promise<number> {
    const since = performance.now();
    this.#error = undefined;
    this.#enter('ready');
    this.#error = await lost;
    if (!this.#closing.signal.aborted) this.#report('mcp:lost', { error: this.error });
    this.#disconnect();
    return performance.now() - since;
  }

  #disconnect(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#change();
    void connection?.leave().then(() => this.#connections.delete(connection));
  }

  /** Schedules reading the tool list, at most once per `timing.refresh`; notifications until then are combined. */
  #refreshSoon(): void {
    this.#stale = true;
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
  }

  async #refresh(): Promise<void> {
    const { signal } = this.#closing;
    while (this.#stale && !signal.aborted) {
      await pause(this.#timing.refresh, signal);
      const connection = this.#connection;
      if (signal.aborted || !connection || this.state !== 'ready') return;
      this.#stale = false;
      const limit = AbortSignal.any([signal, AbortSignal.timeout(this.#timing.start)]);
      try {
        this.#take(await connection.list(limit));
      } catch (error) {
        this.#report('mcp:noise', { error: `its tools could not be listed again: ${String(error)}` });
      }
    }
  }

  #take({ tools, leftOut }: ToolList): void {
    this.#stale = false;
    const list = JSON.stringify([tools, leftOut]);
    if (list === this.#list) return;
    this.#list = list;
    this.leftOut = leftOut;
    this.#events.listed(tools);
    this.#report('mcp:listed', { tools: tools.length });
    for (const { tool, why } of leftOut.slice(0, MOST_TOLD)) this.#report('mcp:bad_tool', { tool, why });
  }

  #enter(state: McpState): void {
    this.state = state;
    if (state === 'ready') this.#report('mcp:ready', {});
    this.#change();
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  readonly #detail: McpReport = (event, about) => {
    if (event === 'mcp:stderr') this.#attempt.hear(String(about['text']));
    this.#report(event, about);
  };

  readonly #report: McpReport = (event, about) => this.#events.report(event, { server: this.name, ...about });
}
