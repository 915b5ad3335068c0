import { isDeepStrictEqual } from 'node:util';
import type { Tool } from '../tool.ts';
import { Catalogue } from './catalogue.ts';
import { connectionOf, type McpServerConfig } from './config.ts';
import { serverOf } from './names.ts';
import { type ListedTool, misspelt } from './offer.ts';
import type { McpReport } from './report.ts';
import { McpServer, type McpState } from './server.ts';
import { type McpTiming, TIMING } from './timing.ts';
import { awaitedTool, type CallSite, toolsOf } from './tools.ts';

/** The MCP servers of the configuration and the tools that they offer, a set that changes as they do. */
export interface Mcp {
  get(name: string): Tool | undefined;
  list(): Tool[];
  /**
   * Makes the running servers those of this configuration. Servers that stay as they are are not disturbed; what
   * is only about their use (time limit, effects, which tools) changes without a new connection. Returns at once.
   */
  apply(servers: Readonly<Record<string, McpServerConfig>>): void;
  status(): McpStatus[];
  /** Ends all servers; resolves when their processes are gone. Never rejects. */
  close(): Promise<void>;
}

export interface McpStatus {
  server: string;
  state: McpState;
  /** Why it is not ready, or what ended its last connection. */
  error?: string;
  tools: number;
}

export interface McpDeps {
  /** Where lists of tools are kept between runs; generations of a home may share it. */
  folder: string;
  report: McpReport;
  /** Takes secrets out of what servers say about their failures. */
  redact(text: string): string;
  timing?: McpTiming;
}

interface Entry extends CallSite {
  listed: readonly ListedTool[] | undefined;
  tools: Map<string, Tool>;
}

export function createMcp(deps: McpDeps): Mcp {
  return new Servers(deps);
}

class Servers implements Mcp {
  readonly #deps: McpDeps;
  readonly #catalogue: Catalogue;
  readonly #entries = new Map<string, Entry>();
  /** Out of the configuration, with calls that may still run. */
  readonly #retired = new Set<McpServer>();
  #all: Tool[] | undefined;

  constructor(deps: McpDeps) {
    this.#deps = deps;
    this.#catalogue = new Catalogue(deps.folder);
  }

  get(name: string): Tool | undefined {
    const server = serverOf(name) ?? '';
    const entry = this.#entries.get(server);
    if (!entry) return undefined;
    const find = () => this.#entries.get(server)?.tools.get(name);
    return find() ?? (entry.listed ? undefined : awaitedTool(name, entry, find));
  }

  list(): Tool[] {
    this.#all ??= [...this.#entries.values()].flatMap(({ tools }) => [...tools.values()]);
    return this.#all;
  }

  apply(servers: Readonly<Record<string, McpServerConfig>>): void {
    for (const [name, { server, config }] of this.#entries) {
      const wanted = servers[name];
      if (wanted?.enabled && isDeepStrictEqual(connectionOf(config), connectionOf(wanted))) continue;
      this.#retire(name, server);
      if (!wanted) void this.#catalogue.remove(name);
    }
    for (const [name, config] of Object.entries(servers)) {
      if (config.enabled) this.#entries.set(name, this.#entryFor(name, config));
    }
    this.#all = undefined;
  }

  status(): McpStatus[] {
    return [...this.#entries].map(([name, { server, tools }]) => ({
      server: name,
      state: server.state,
      ...(server.error === undefined ? {} : { error: this.#deps.redact(server.error) }),
      tools: tools.size,
    }));
  }

  async close(): Promise<void> {
    const servers = [...this.#retired, ...[...this.#entries.values()].map(({ server }) => server)];
    this.#entries.clear();
    this.#all = undefined;
    await Promise.all(servers.map((server) => server.close()));
  }

  #entryFor(name: string, config: McpServerConfig): Entry {
    const known = this.#entries.get(name);
    const server = known?.server ?? this.#start(name, config);
    const listed = known ? known.listed : this.#catalogue.read(name, config);
    return this.#offering({ server, config, redact: this.#deps.redact }, listed);
  }

  #offering(site: CallSite, listed: readonly ListedTool[] | undefined): Entry {
    const unknown = listed ? misspelt(listed, site.config) : [];
    if (unknown.length > 0) {
      this.#deps.report('mcp:unknown_tools', { server: site.server.name, tools: unknown });
    }
    return { ...site, listed, tools: toolsOf(listed ?? [], site) };
  }

  #start(name: string, config: McpServerConfig): McpServer {
    const { report, timing = TIMING } = this.#deps;
    const listed = (tools: readonly ListedTool[]) => {
      const entry = this.#entries.get(name);
      if (entry?.server !== server) return;
      void this.#catalogue.write(name, entry.config, tools);
      this.#entries.set(name, this.#offering(entry, tools));
      this.#all = undefined;
    };
    const server: McpServer = new McpServer(name, config, { listed, report }, timing);
    return server;
  }

  #retire(name: string, server: McpServer): void {
    this.#entries.delete(name);
    this.#retired.add(server);
    this.#deps.report('mcp:retired', { server: name });
    void server.retire().then(() => this.#retired.delete(server));
  }
}
