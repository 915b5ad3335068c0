import { EventEmitter, once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { DaemonState } from '../../src/supervisor/ipc/messages.ts';
import type { SupervisorOptions } from '../../src/supervisor/options.ts';
import { runSupervisor } from '../../src/supervisor/run-supervisor.ts';
import { type Home, resolveHome } from '../../src/util/home.ts';
import { type Behaviour, configFor } from '../fixtures/generations/behaviour.ts';
import type { FakeAnswer } from '../fixtures/generations/fake-server.ts';

/**
 * Configuration keys for tests: a live change, a change that needs a new process, and a revision without a trial.
 */
export const TURNS = { limits: { turns: 3 } };
export const ELSEWHERE = { listen: 'localhost:0' };
export const NO_TRIAL = { handover: { trial: '0ms' } };

export function fixtureUrl(name: string): URL {
  return new URL(`../fixtures/generations/${name}.ts`, import.meta.url);
}

/** Creates a home with a configuration for fake generations; it is removed when the test has finished. */
export function temporaryHome(what: Behaviour[] = [], keys: object = {}): Home {
  const root = mkdtempSync(join(tmpdir(), 'midturn-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));
  const home = resolveHome(root);
  writeFileSync(home.config, configFor(what, keys));
  return home;
}

/** Collects the log entries of a supervisor, and waits for the next one that matches. */
export class LogEvents {
  readonly entries: Record<string, unknown>[] = [];
  readonly #added = new EventEmitter();
  #readCount = 0;

  addEntry(entry: object): void {
    this.entries.push({ ...entry });
    this.#added.emit('entry');
  }

  /** Resolves with the next entry of this event with these fields, after the one returned last. */
  async next(event: string, fields: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    for (;;) {
      const entry = this.entries[this.#readCount];
      if (!entry) await once(this.#added, 'entry');
      else this.#readCount += 1;
      if (entry?.['msg'] === event && Object.entries(fields).every(([name, value]) => entry[name] === value))
        return entry;
    }
  }

  /** Waits until a generation has sent a message of this type to its supervisor. */
  nextSaid(type: string): Promise<Record<string, unknown>> {
    return this.next('generation:said', { type });
  }

  listEntries(event: string): Record<string, unknown>[] {
    return this.entries.filter((entry) => entry['msg'] === event);
  }
}

export interface RunningSupervisor {
  home: Home;
  /** Signals of the running supervisor: emit the name of a signal here. */
  signals: EventEmitter;
  events: LogEvents;
  exit: ReturnType<typeof runSupervisor>;
  address: string;
  /** Replaces the configuration file in one step. */
  configure(what: Behaviour[], keys?: object): void;
}

/**
 * Starts a supervisor in this process with generations as child processes; all are killed when the test has
 * finished.
 */
export async function startSupervisor(
  what: Behaviour[] = [],
  {
    keys = {},
    home = temporaryHome(what, keys),
    ...options
  }: { keys?: object } & Partial<SupervisorOptions> = {},
): Promise<RunningSupervisor> {
  const signals = new EventEmitter();
  const events = new LogEvents();
  const exit = runSupervisor({
    home,
    destination: { write: (line: string) => events.addEntry(JSON.parse(line)) },
    generation: fixtureUrl('fake'),
    signals,
    ...options,
  });
  onTestFinished(async () => {
    signals.emit('SIGINT');
    signals.emit('SIGINT');
    await exit.catch(() => {});
  });
  const listening = await Promise.race([events.next('supervisor:listening'), exit]);
  if (!('msg' in listening)) throw new Error('the supervisor ended before it listened');
  const configure = (next: Behaviour[], changed: object = {}) => {
    writeFileSync(`${home.config}.new`, configFor(next, { ...keys, ...changed }));
    renameSync(`${home.config}.new`, home.config);
  };
  return { home, signals, events, exit, address: String(listening['address']), configure };
}

/**
 * Sends a GET request on a new connection, over TCP (`host:port`) or a unix socket (a path). Rejects when it is
 * cut or refused.
 */
export async function getAnswer(address: string, path = '/'): Promise<FakeAnswer> {
  return getJson<FakeAnswer>(address, path);
}

export async function getJson<T>(address: string, path: string): Promise<T> {
  const [host, port] = address.split(':');
  const where = address.startsWith('/') ? { socketPath: address } : { host, port };
  const sent = request({ ...where, path, agent: false }).end();
  const [response]: IncomingMessage[] = await once(sent, 'response');
  if (!response) throw new Error('no response');
  return JSON.parse(await text(response));
}

/** Returns the daemon's state that the generation received last; undefined when it received none. */
export function findLastState({ heard }: FakeAnswer): DaemonState | undefined {
  return heard.findLast((message) => message.type === 'state')?.state;
}

/** Returns the configurations that the generation was told to apply, in order. */
export function listAppliedConfigs({ heard }: FakeAnswer) {
  return heard.flatMap((message) => (message.type === 'apply' ? [message.config] : []));
}

export async function stopSupervisor({ signals, exit }: RunningSupervisor): Promise<void> {
  signals.emit('SIGTERM');
  await exit;
}
