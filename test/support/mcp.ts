import { EventEmitter, once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';
import type { Json, ToolOutput } from '../../src/core/model/message.ts';
import type { EventIds, EventName } from '../../src/telemetry/events/catalogue.ts';
import { createMcp, type Mcp } from '../../src/tools/mcp/mcp.ts';
import { DEFAULT_MCP_TIMING, type McpTiming } from '../../src/tools/mcp/timing.ts';
import type { McpServerConfig, McpStdioConfig } from '../../src/tools/mcp/wire/config.ts';
import type { CallElicitations, ToolContext } from '../../src/tools/port/tool.ts';
import { loginsIn } from './logins.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/mcp/server.ts', import.meta.url));
const packages = fileURLToPath(new URL('../../node_modules/@modelcontextprotocol/', import.meta.url));

/** A reference server of the MCP project as a stdio server. */
export function referenceServer(
  name: string,
  args: string[] = [],
  more: Partial<McpStdioConfig> = {},
): McpStdioConfig {
  return stdioServer([`${packages}server-${name}/dist/index.js`, ...args], more);
}

/** The server of test/fixtures/mcp in one of its moods. */
export function fixtureServer(mode: string, more: Partial<McpStdioConfig> = {}): McpStdioConfig {
  return stdioServer([FIXTURE, mode], more);
}

/** The server of test/fixtures/mcp/asking.ts. */
export function askingServer(how: 'rounds' | 'live', more: Partial<McpStdioConfig> = {}): McpStdioConfig {
  return stdioServer([fileURLToPath(new URL('../fixtures/mcp/asking.ts', import.meta.url)), how], more);
}

/** The server of test/fixtures/mcp/odd.ts. */
export function oddServer(env: Record<string, string>): McpStdioConfig {
  return stdioServer([fileURLToPath(new URL('../fixtures/mcp/odd.ts', import.meta.url))], { env });
}

function stdioServer(args: string[], more: Partial<McpStdioConfig>): McpStdioConfig {
  const common = { enabled: true, effects: {}, env: {}, cwd: tmpdir() };
  return { type: 'stdio', command: process.execPath, args, ...common, ...more };
}

type Report = { event: EventName; about: Record<string, unknown> };

/** MCP servers in this process, with everything that they reported. */
export class McpWorld {
  readonly mcp: Mcp;
  readonly reports: Report[] = [];
  readonly folder: string;
  readonly #news = new EventEmitter();

  constructor(
    { onTestFinished }: TestContext,
    servers: Record<string, McpServerConfig>,
    timing: Partial<McpTiming> = {},
    folder = mkdtempSync(join(tmpdir(), 'midturn-mcp-')),
  ) {
    this.folder = folder;
    this.#news.setMaxListeners(0);
    this.mcp = createMcp({
      folder: join(this.folder, 'catalogue'),
      logins: loginsIn(this.folder),
      redact: (text) => text.replaceAll('secret-of-the-test', '[redacted]'),
      report: (event: EventName, fields: object, ids?: EventIds) => {
        this.reports.push({ event, about: { ...ids, ...fields } });
        this.#news.emit('report');
      },
      timing: {
        ...DEFAULT_MCP_TIMING,
        startProcess: timing.start ?? DEFAULT_MCP_TIMING.startProcess,
        ...timing,
      },
    });
    this.mcp.applyServers(servers);
    onTestFinished(async () => {
      await this.mcp.close();
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  /** Resolves when something like this was reported, before or from now on. */
  async waitForReport(event: EventName, about: Record<string, unknown> = {}, times = 1): Promise<Report> {
    for (;;) {
      const fits = this.reports.filter(
        (report) =>
          report.event === event &&
          Object.entries(about).every(([key, value]) => report.about[key] === value),
      );
      const found = fits[times - 1];
      if (found) return found;
      await once(this.#news, 'report');
    }
  }

  async waitUntilReady(...servers: string[]): Promise<void> {
    await Promise.all(servers.map((server) => this.waitForReport('mcp:ready', { server })));
  }

  toolNames(): string[] {
    return this.mcp.list().map(({ name }) => name);
  }

  callTool(
    name: string,
    input: Json = {},
    signal = new AbortController().signal,
    key = `key-of-${name}`,
    more: Partial<Pick<ToolContext, 'session' | 'ask' | 'answers' | 'storeFile' | 'report'>> = {},
  ): Promise<ToolOutput | CallElicitations> {
    const tool = this.mcp.get(name);
    if (!tool) throw new Error(`there is no tool ${name}; there are ${this.toolNames().join(', ')}`);
    return tool.run(input, { session: 's', call: '1.1', key, attempt: 1, signal, ...more });
  }

  /** What the fixture was called with, a line for each call. */
  readLog(file: string): string[] {
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }
}

/** The share of the time since then that this thread computed; other load on the machine does not count. */
export function cpuShare(): () => number {
  const [start, before] = [performance.now(), process.threadCpuUsage()];
  return () => {
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1_000 / (performance.now() - start);
  };
}

/** Sees processes live and die: each holds a connection to `port`. */
export class ProcessMonitor {
  readonly #server = createServer((socket) => this.#countProcess(socket));
  readonly #news = new EventEmitter();
  alive = 0;
  born = 0;

  static async open({ onTestFinished }: TestContext): Promise<ProcessMonitor> {
    const line = new ProcessMonitor();
    line.#server.listen(0, '127.0.0.1');
    await once(line.#server, 'listening');
    onTestFinished(() => void line.#server.close());
    return line;
  }

  get port(): string {
    return String((this.#server.address() as AddressInfo).port);
  }

  async waitUntil(condition: (line: ProcessMonitor) => boolean): Promise<void> {
    while (!condition(this)) await once(this.#news, 'change');
  }

  #countProcess(socket: Socket): void {
    this.alive += 1;
    this.born += 1;
    this.#news.emit('change');
    socket.on('error', () => {});
    socket.resume().once('close', () => {
      this.alive -= 1;
      this.#news.emit('change');
    });
  }
}
