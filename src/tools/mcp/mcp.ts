import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../errors/errors.ts';
import { McpLoginUnusedError, McpServerNotFoundError } from '../../errors/mcp-login.ts';
import type { EmitEvent } from '../../telemetry/events/catalogue.ts';
import { findNearest } from '../../util/nearest.ts';
import type { Tool } from '../port/tool.ts';
import { findValidGrant } from './login/grants.ts';
import { type McpLoginState, McpLogins, type StartedLogin } from './login/logins.ts';
import { type LoginTarget, toLoginTarget } from './login/site.ts';
import { LoginStore } from './login/store.ts';
import { ToolListCache } from './offer/catalogue.ts';
import type { RejectedTool } from './offer/listing.ts';
import { readServerName } from './offer/names.ts';
import { findUnknownTools, type ListedTool } from './offer/offer.ts';
import { McpServer } from './server.ts';
import type { McpState } from './server-state.ts';
import { DEFAULT_MCP_TIMING, type McpTiming } from './timing.ts';
import { createAwaitedTool, createServerTools, type McpCallDeps } from './tools.ts';
import { type McpServerConfig, pickConnectionConfig } from './wire/config.ts';

/** Manages the MCP servers of the configuration and the set of tools that they currently offer to agents. */
export interface Mcp {
  get(name: string): Tool | undefined;
  list(): Tool[];
  /**
   * Starts, retires and updates servers to match this configuration, and returns at once. Unchanged servers keep
   * their connection, and so do servers for which only the time limit, the effects or the selected tools changed.
   */
  applyServers(servers: Readonly<Record<string, McpServerConfig>>): void;
  status(): McpStatus[];
  /**
   * Starts a login, which a user completes in a browser. `beginLogin`, `finishLogin` and `endLogin` reject with
   * McpServerNotFoundError, McpLoginUnusedError or another error of errors/mcp-login.ts.
   */
  beginLogin(server: string): Promise<StartedLogin>;
  /** Completes the login that the query of a redirected browser belongs to; resolves with the name of its server. */
  finishLogin(answer: URLSearchParams): Promise<string>;
  /** Deletes the stored login of a server with its tokens and registration, and closes its connection. */
  endLogin(server: string): Promise<void>;
  /**
   * Resolves when no login is being completed or renewed; exiting earlier would lose tokens that an authorization
   * server has just issued. Never rejects.
   */
  waitForLogins(): Promise<void>;
  /**
   * Closes all servers; resolves when their processes have exited and their tool lists are on disk. Never rejects.
   */
  close(): Promise<void>;
}

export interface McpStatus {
  server: string;
  state: McpState;
  /** The reason why the server is not ready, or what ended its last connection; secrets are masked. */
  error?: string;
  /** The time of the next connection attempt, in milliseconds since the epoch. */
  retryAt?: number;
  tools: number;
  /** Listed tools that cannot be offered to agents, each with the reason. */
  badTools?: RejectedTool[];
  /** The state of the login; absent for a server without `oauth`. */
  login?: McpLoginState;
}

export interface McpDeps {
  /** The directory where tool lists are kept between runs; several generations of a home may share it. */
  folder: string;
  logins: {
    /** The directory of the stored logins, which several generations may share as well. */
    folder: string;
    /**
     * Returns the default redirect address for browsers; `undefined` when the daemon has no address a browser can
     * reach.
     */
    redirectUrl(): string | undefined;
    /**
     * Receives all current login secrets whenever a new one appears, so that they are masked in output. Must not
     * throw.
     */
    hide(secrets: readonly string[]): void;
  };
  report: EmitEvent;
  /** Masks secrets in the error messages of servers. */
  redact(text: string): string;
  timing?: McpTiming;
}

interface ServerEntry extends McpCallDeps {
  /** Identifies the login; `undefined` for a server without `oauth`. */
  place: LoginTarget | undefined;
  listed: readonly ListedTool[] | undefined;
  tools: Map<string, Tool>;
}

/** Creates the manager without any server; `apply` starts the servers of a configuration. */
export function createMcp(deps: McpDeps): Mcp {
  return new McpServerSet(deps);
}

class McpServerSet implements Mcp {
  readonly #deps: McpDeps;
  readonly #catalogue: ToolListCache;
  readonly #entries = new Map<string, ServerEntry>();
  /** Servers that left the configuration and may still have running calls. */
  readonly #retired = new Set<McpServer>();
  readonly #store: LoginStore;
  readonly #logins: McpLogins;
  /** The id of the login that each server was last notified of. */
  readonly #loggedIn = new Map<string, string | undefined>();
  #all: Tool[] | undefined;

  constructor(deps: McpDeps) {
    this.#deps = deps;
    this.#catalogue = new ToolListCache(deps.folder);
    const { folder, hide, redirectUrl } = deps.logins;
    this.#store = new LoginStore(folder, hide);
    this.#logins = new McpLogins({ store: this.#store, redact: deps.redact, redirectUrl });
  }

  get(name: string): Tool | undefined {
    const server = readServerName(name) ?? '';
    const entry = this.#entries.get(server);
    if (!entry) return undefined;
    const find = () => this.#entries.get(server)?.tools.get(name);
    return find() ?? (entry.listed ? undefined : createAwaitedTool(name, entry, find));
  }

  list(): Tool[] {
    this.#all ??= [...this.#entries.values()].flatMap(({ tools }) => [...tools.values()]);
    return this.#all;
  }

  applyServers(servers: Readonly<Record<string, McpServerConfig>>): void {
    for (const [name, { server, config }] of this.#entries) {
      const wanted = servers[name];
      if (wanted?.enabled && isDeepStrictEqual(pickConnectionConfig(config), pickConnectionConfig(wanted)))
        continue;
      this.#retireServer(name, server);
      if (!wanted) void this.#catalogue.remove(name);
    }
    for (const [name, config] of Object.entries(servers)) {
      if (config.enabled) this.#entries.set(name, this.#buildEntry(name, config));
    }
    this.#all = undefined;
  }

  status(): McpStatus[] {
    return [...this.#entries].map(([name, { server, tools, place }]) => ({
      server: name,
      state: server.state,
      ...(server.error === undefined ? {} : { error: this.#deps.redact(server.error) }),
      ...(server.retryAt === undefined ? {} : { retryAt: server.retryAt }),
      tools: tools.size,
      ...(server.leftOut.length > 0 ? { badTools: [...server.leftOut] } : {}),
      ...(place ? { login: this.#logins.readState(place) } : {}),
    }));
  }

  async beginLogin(name: string): Promise<StartedLogin> {
    const place = this.#findLoginTarget(name);
    const begun = await this.#logins.beginLogin(place);
    this.#deps.report('mcp:login_begun', { login: begun.login }, { server: name });
    return begun;
  }

  async finishLogin(answer: URLSearchParams): Promise<string> {
    const places = [...this.#entries.values()].flatMap(({ place }) => place ?? []);
    const place = this.#logins.findAwaitingTarget(answer, places);
    const { name } = place;
    try {
      await this.#logins.finishLogin(place, answer);
    } catch (error) {
      this.#deps.report('mcp:login_failed', { error: messageOf(error) }, { server: name });
      throw error;
    }
    this.#deps.report('mcp:login_finished', {}, { server: name });
    this.#reportLoginChange(name);
    return name;
  }

  async endLogin(name: string): Promise<void> {
    this.#findLoginTarget(name);
    await this.#logins.removeLogin(name);
    this.#deps.report('mcp:login_ended', {}, { server: name });
    this.#reportLoginChange(name);
  }

  waitForLogins(): Promise<void> {
    return this.#store.waitForChanges();
  }

  async close(): Promise<void> {
    const servers = [...this.#retired, ...[...this.#entries.values()].map(({ server }) => server)];
    this.#entries.clear();
    this.#store.close();
    this.#all = undefined;
    // If the process exited before this, the tool lists of its servers would be lost.
    await Promise.all([this.#catalogue.waitForWrites(), ...servers.map((server) => server.close())]);
  }

  #buildEntry(name: string, config: McpServerConfig): ServerEntry {
    const known = this.#entries.get(name);
    const place = toLoginTarget(name, config);
    const server = known?.server ?? this.#startServer(name, config, place);
    const listed = known ? known.listed : this.#catalogue.read(name, config);
    return this.#withTools({ server, config, place, redact: this.#deps.redact }, listed);
  }

  #withTools(
    site: Omit<ServerEntry, 'listed' | 'tools'>,
    listed: readonly ListedTool[] | undefined,
  ): ServerEntry {
    const unknown = listed ? findUnknownTools(listed, site.config) : [];
    if (unknown.length > 0) {
      this.#deps.report('mcp:unknown_tools', { tools: unknown }, { server: site.server.name });
    }
    return { ...site, listed, tools: createServerTools(listed ?? [], site) };
  }

  /** Returns the login target of a server; throws when the server is unknown or has no `oauth`. */
  #findLoginTarget(name: string): LoginTarget {
    const entry = this.#entries.get(name);
    if (!entry) throw new McpServerNotFoundError(name, findNearest(name, this.#entries.keys()));
    if (!entry.place) throw new McpLoginUnusedError(name);
    return entry.place;
  }

  #readLoginId(place: LoginTarget): string | undefined {
    return findValidGrant(place, this.#store.read(place.name))?.login;
  }

  /** Notifies a server when its login has begun or ended; a renewed token of the same login is not reported. */
  #reportLoginChange(name: string): void {
    const { place, server } = this.#entries.get(name) ?? {};
    if (!place) return;
    const login = this.#readLoginId(place);
    if (login === this.#loggedIn.get(name)) return;
    this.#loggedIn.set(name, login);
    server?.applyLoginChange(login !== undefined);
  }

  #startServer(name: string, config: McpServerConfig, place: LoginTarget | undefined): McpServer {
    const { report, timing = DEFAULT_MCP_TIMING } = this.#deps;
    const listed = (tools: readonly ListedTool[]) => {
      const entry = this.#entries.get(name);
      if (entry?.server !== server) return;
      void this.#catalogue.write(name, entry.config, tools);
      this.#entries.set(name, this.#withTools(entry, tools));
      this.#all = undefined;
    };
    if (place) {
      this.#store.watchLogins((changed) => this.#reportLoginChange(changed));
      this.#loggedIn.set(name, this.#readLoginId(place));
    }
    const access = place && this.#logins.createAccess(place);
    const server: McpServer = new McpServer(name, config, access, { listed, report }, timing);
    return server;
  }

  #retireServer(name: string, server: McpServer): void {
    this.#entries.delete(name);
    this.#retired.add(server);
    this.#deps.report('mcp:retired', {}, { server: name });
    void server.closeWhenIdle().then(() => this.#retired.delete(server));
  }
}
