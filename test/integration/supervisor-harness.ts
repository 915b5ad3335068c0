import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { runSupervisor, type SupervisorOptions } from '../../src/supervisor/supervisor.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { type Home, homeAt } from '../../src/util/home.ts';
import type { Boot } from '../fixtures/generations/fake.ts';

export function fixture(name: string): URL {
  return new URL(`../fixtures/generations/${name}.ts`, import.meta.url);
}

/** A home that is gone when the test has finished. */
export function temporaryHome(): Home {
  const root = mkdtempSync(join(tmpdir(), 'midturn-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return homeAt(root);
}

/** Log entries, and a way to wait for the next one that fits. */
export class LogEvents {
  readonly entries: Record<string, unknown>[] = [];
  readonly #added = new EventEmitter();
  #read = 0;

  add(entry: object): void {
    this.entries.push({ ...entry });
    this.#added.emit('entry');
  }

  /** The next entry of this event after the one returned last. */
  async next(event: string): Promise<Record<string, unknown>> {
    for (;;) {
      const entry = this.entries[this.#read];
      if (!entry) await once(this.#added, 'entry');
      else this.#read += 1;
      if (entry?.['msg'] === event) return entry;
    }
  }

  /** Waits until a generation has said this to its supervisor. */
  async said(type: string): Promise<void> {
    while ((await this.next('generation:said'))['type'] !== type);
  }

  all(event: string): Record<string, unknown>[] {
    return this.entries.filter((entry) => entry['msg'] === event);
  }
}

/** A supervisor in this process with its generations as children; killed when the test has finished. */
export async function startSupervisor(generation: string, options: Partial<SupervisorOptions> = {}) {
  const home = temporaryHome();
  const signals = new EventEmitter();
  const events = new LogEvents();
  const destination = { write: (line: string) => events.add(JSON.parse(line)) };
  const exit = runSupervisor({
    home,
    listen: '127.0.0.1:0',
    drainCap: 5_000,
    log: createLogger({ level: 'debug', destination }),
    generation: fixture(generation),
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
  return { home, signals, events, exit, address: String(listening['address']) };
}

export interface Answer {
  pid: number;
  boot: Boot;
}

/** GET on a new connection, over TCP (`host:port`) or a unix socket (a path). Rejects when it is cut or refused. */
export async function get(address: string, path = '/'): Promise<Answer> {
  const [host, port] = address.split(':');
  const where = address.startsWith('/') ? { socketPath: address } : { host, port };
  const sent = request({ ...where, path, agent: false }).end();
  const [response]: IncomingMessage[] = await once(sent, 'response');
  if (!response) throw new Error('no response');
  return JSON.parse(await text(response));
}
