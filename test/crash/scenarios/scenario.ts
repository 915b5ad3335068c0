import type { CountingServer } from '../../support/counting-server.ts';
import type { Daemon } from '../../support/daemon.ts';

/** A conversation during which the daemon is killed at every write. */
export interface Scenario {
  name: string;
  /** The ids of the behaviours that it proves, for the test title. */
  proves: string;
  config(world: CountingServer): object;
  /** Sends its inputs, each one until it is accepted; resolves with their ids. */
  play(send: Send, daemon: Daemon): Promise<string[]>;
  /** The maximum number of times that each effect outside may happen, by its name. */
  atMost: Record<string, number>;
}

/** Sends one message until the daemon accepts it. */
export type Send = (id: string, text: string, mode?: 'steer' | 'queue') => Promise<void>;

export const SESSION = 'crash/one';

export const createAgent = (script: object[]) => ({
  providers: { scripted: { type: 'scripted', scripts: { play: script } } },
  agents: { main: { model: 'scripted/play', tools: { '*': 'allow' } } },
});
export const fetchTool = (world: CountingServer, name: string, method: string) => ({
  name: 'http_fetch',
  input: { url: `${world.url}/${name}`, method },
});
export const allowLoopback = { http: { allow: ['127.0.0.1'] } };
