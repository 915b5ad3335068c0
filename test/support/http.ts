import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedEvent, SessionEvent } from '../../src/core/model/events.ts';
import { createTextContent } from '../../src/core/model/message.ts';
import { createApi } from '../../src/http/app.ts';
import type { Control } from '../../src/http/ports/control.ts';
import type { ApiConfig, ApiDeps } from '../../src/http/ports/deps.ts';
import type { McpControl } from '../../src/http/ports/mcp.ts';
import { type ApiServer, createServer } from '../../src/http/server.ts';
import type { Journal } from '../../src/journal/journal.ts';
import type { Status } from '../../src/protocol/daemon.ts';
import type { ScheduleSpec } from '../../src/schedules/ports.ts';
import { Timekeeper } from '../../src/schedules/timekeeper.ts';
import { fakeControl, fakeMcp } from './control.ts';
import { type Engine, type EngineOptions, startEngine } from './engine.ts';

/** The HTTP interface on a TCP port and a unix socket, before an engine in this process. */
export interface HttpWorld {
  engine: Engine;
  /** `http://127.0.0.1:<port>`. */
  url: string;
  socketPath: string;
  /** What was logged as an error. */
  errors: Record<string, unknown>[];
  /** What else was logged, the event's name as `event`. */
  infos: Record<string, unknown>[];
  wishes: string[];
  config: ApiConfig;
  ready: boolean;
  time: Timekeeper;
  tcp: ApiServer;
  drain(): Promise<void>;
  close(): Promise<void>;
}

export interface HttpOptions extends EngineOptions {
  limits?: ApiDeps['limits'];
  config?: Partial<ApiConfig>;
  /** In place of a fake one that notes wishes. */
  control?: (engine: Engine) => Control;
  /** The same. */
  mcp?: McpControl;
  /** What the status says differently. */
  status?: (before: Status) => Status;
  /** In place of the engine's. */
  sessions?: (engine: Engine) => ApiDeps['sessions'];
  /** Milliseconds until a drain closes idle connections. */
  idle?: number;
  schedules?: ScheduleSpec[];
  /** Port of the TCP server; any free one by default. */
  port?: number;
}

export async function startHttp(options: HttpOptions = {}): Promise<HttpWorld> {
  const engine = await startEngine(options);
  const directory = await mkdtemp(join(tmpdir(), 'midturn-http-'));
  const socketPath = join(directory, 'api.sock');
  const api = () => createApi(depsOf(world, options));
  const world: HttpWorld = {
    engine,
    url: '',
    socketPath,
    errors: [],
    infos: [],
    wishes: [],
    config: { tokens: [], people: {}, clients: {}, messageLimit: 1_000, allowedHosts: [], ...options.config },
    ready: true,
    time: createTimekeeper(engine, options.schedules ?? []),
    get tcp() {
      return tcp;
    },
    drain: async () => void (await Promise.all([tcp.drain(), unix.drain()])),
    async close() {
      for (const server of [tcp, unix]) {
        server.closeAllConnections();
        server.close();
      }
      engine.runner.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  const shared = api();
  const idle = options.idle === undefined ? {} : { idle: options.idle };
  const [tcp, unix] = [createServer(shared, idle), createServer(shared, idle)];
  tcp.listen(options.port ?? 0, '127.0.0.1');
  unix.listen(socketPath);
  await Promise.all([once(tcp, 'listening'), once(unix, 'listening')]);
  world.url = `http://127.0.0.1:${portOf(tcp.address())}`;
  return world;
}

export function depsOf(world: HttpWorld, options: HttpOptions = {}): ApiDeps {
  const { engine } = world;
  const { status = (before) => before } = options;
  return {
    sessions: options.sessions?.(engine) ?? engine.sessions,
    time: world.time,
    status: async () =>
      status({
        version: '0.1.0',
        mode: 'normal',
        reasons: [],
        generation: { number: 1, startedAt: 1_700_000_000_000 },
        revision: { number: 1, state: 'good' },
        config: { problem: null },
        mcp: [],
        sessions: await engine.sessions.countByStatus(),
        waiting: await engine.sessions.listWaiting(20),
        handover: null,
      }),
    control: options.control?.(engine) ?? fakeControl(world.wishes),
    priceCatalogue: { name: 'test', version: '1.0.0', date: '2026-01-01' },
    mcp: options.mcp ?? fakeMcp(world.wishes),
    config: () => world.config,
    renderMetrics: async () => null,
    ready: () => world.ready,
    log: {
      error: (fields) => world.errors.push(fields),
      warn: (fields, event) => world.infos.push({ event, ...fields }),
      info: (fields, event) => world.infos.push({ event, ...fields }),
    },
    ...(options.limits ? { limits: options.limits } : {}),
  };
}

/** Runs only when the test starts it. */
function createTimekeeper({ journal, engine, runner }: Engine, specs: ScheduleSpec[]): Timekeeper {
  const poke = (session: string) => engine.wakeSession(session);
  const { generation } = engine;
  return new Timekeeper({ journal, generation, clock: runner.ports.clock, poke, report() {} }, specs);
}

function portOf(address: AddressInfo | string | null): number {
  if (typeof address !== 'object' || address === null) throw new Error('not a TCP server');
  return address.port;
}

/** Writes notes into a session that no runner looks at; creates it. */
export class NoteWriter {
  readonly #journal: Journal;
  readonly #session: string;
  #generation = 0;
  #seq = 0;

  private constructor(journal: Journal, session: string) {
    this.#journal = journal;
    this.#session = session;
  }

  static async open(journal: Journal, session: string): Promise<NoteWriter> {
    const writer = new NoteWriter(journal, session);
    const input = {
      kind: 'message',
      id: 'first',
      content: createTextContent('hello'),
      mode: 'steer',
    } as const;
    await journal.deliver({ session, agent: 'main', input, at: 1 });
    writer.#generation = await journal.openGeneration({ version: 'test', pid: process.pid });
    await journal.claimSession(session, writer.#generation);
    return writer;
  }

  async writeNotes(count: number, text = 'note'): Promise<void> {
    const numbers = Array.from({ length: count }, (_, index) => this.#seq + index + 1);
    await this.append(
      ...numbers.map((seq) => ({ type: 'system_note_added', text: `${text} ${seq}` }) as const),
    );
  }

  async append(...added: SessionEvent[]): Promise<void> {
    const events = added.map((event, index): RecordedEvent => {
      const seq = this.#seq + index + 1;
      return { ...event, seq, at: 1_000 + seq };
    });
    this.#seq += events.length;
    const head = { session: this.#session, generation: this.#generation, consumed: [] };
    await this.#journal.append({ ...head, events, status: 'idle', wakeAt: null });
  }
}
