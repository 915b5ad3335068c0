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
 * A server that is kept connected.
 *
 *   starting     a connection is being opened; calls wait for it
 *   ready        connected, its tools are known; left when the connection is lost
 *   failed       the last attempt failed, or a young connection was lost; the next attempt is set for later
 *   needs_login  the same, because somebody has to log in; tried again at once when somebody has
 *   closed       nothing is left of it; final
 */
export type McpState = 'starting' | 'ready' | 'failed' | 'needs_login' | 'closed';

export interface ServerEvents {
  /** The list of tools was read and is not what it was. */
  listed(tools: readonly ListedTool[]): void;
  report: McpReport;
}

/** Calls wait for a server that failed so often in a row; then they are told at once. */
const PATIENCE = 3;

/** Tools that cannot be used of which the log tells, for each list. */
const MOST_TOLD = 20;

export class McpServer {
  readonly name: string;
  state: McpState = 'starting';
  #error: string | undefined;
  #attempt = new Attempt();
  /** When the next attempt is made, while it has failed. */
  retryAt: number | undefined;
  readonly #config: McpServerConfig;
  readonly #access: Access | undefined;
  readonly #events: ServerEvents;
  readonly #timing: McpTiming;
  readonly #closing = new AbortController();
  readonly #run: Promise<void>;
  #connection: Connection | undefined;
  /** That one, and those that were left but still have calls. */
  readonly #connections = new Set<Connection>();
  #failures = 0;
  #calls = 0;
  /** Tools of its list that cannot be used. */
  leftOut: readonly LeftOut[] = [];
  #list = '';
  #refreshing: Promise<void> | undefined;
  #stale = false;
  #changed = Promise.withResolvers<void>();
  #needsLogin = false;
  #wake = new AbortController();
  #end: (why: string) => void = () => {};

  /** `access` is for a server that somebody logs in to. */
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

  /** Rejects with `McpUnavailableError` when nothing was sent, with `CallFailed` when no result came. */
  async call(tool: string, args: JsonObject, options: CallOptions): Promise<Returned | Round> {
    this.#calls += 1;
    try {
      return await this.#call(tool, args, options);
    } finally {
      this.#calls -= 1;
      this.#change();
    }
  }

  /** Rejects with `McpUnavailableError` when waiting longer is of no use. */
  async ready(signal: AbortSignal): Promise<void> {
    await this.#connected(signal);
  }

  /** Somebody has logged in or out: what waited for the one is tried, what was opened before the other is closed. */
  loginChanged(granted: boolean): void {
    if (granted && this.state !== 'ready') this.#wake.abort();
    if (granted || this.state !== 'ready') return;
    this.#needsLogin = true;
    this.#end('its login was ended');
  }

  /** Lets running calls end, for a while; the server gets no new ones. */
  async retire(): Promise<void> {
    const late = pause(this.#timing.retire, this.#closing.signal).then(() => true);
    while (this.#calls > 0 && !(await Promise.race([late, this.#changed.promise]))) {
      // Another call has ended.
    }
    await this.close();
  }

  /** Ends it at once. Never rejects. */
  async close(): Promise<void> {
    this.#closing.abort('it is not wanted any more');
    await Promise.all([...this.#connections].map((connection) => connection.close()));
    await this.#run;
  }

  /** Why it is not ready, or what ended its last connection. */
  get error(): string | undefined {
    return (this.state === 'starting' ? this.#attempt.delay : undefined) ?? this.#error;
  }

  async #call(tool: string, args: JsonObject, options: CallOptions): Promise<Returned | Round> {
    const connection = await this.#connected(options.signal);
    try {
      return await connection.call(tool, args, options);
    } catch (error) {
      if (!didNotGetThrough(error) || this.#config.type !== 'http' || options.signal.aborted) throw error;
      // Nobody was there, or the session is over and the server did not look at it: once more, on a new connection.
      await this.#changedFrom(connection);
      return (await this.#connected(options.signal)).call(tool, args, options);
    }
  }

  /** A connection that was lost is given up a moment later. */
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

  /** Why it is of no use to wait for it. */
  #unavailable({ aborted }: AbortSignal): string | undefined {
    if (this.state === 'closed') return 'is not there any more';
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

  /** Resolves when the connection is over, with the milliseconds that it was of use. */
  async #connectOnce(): Promise<number> {
    const limit = new AbortController();
    const start = this.#config.type === 'http' ? this.#timing.start : this.#timing.startProcess;
    const timer = setTimeout(() => limit.abort(`it was not ready within ${start / 1_000} s`), start);
    const signal = AbortSignal.any([limit.signal, this.#closing.signal]);
    // Calls do not wait as long as the server may take.
    const late = setTimeout(() => this.#change(), this.#timing.start).unref();
    const lost = Promise.withResolvers<string>();
    this.#end = lost.resolve;
    this.#needsLogin = false;
    try {
      // Loaded only where there is a server: the library is a good part of a boot.
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

  /** However often the server says so, its list is read once in a while, and once more after the last time. */
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
