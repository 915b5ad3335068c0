import type { Client } from '../../src/protocol/client/client.ts';
import type { CountingServer } from '../support/counting-server.ts';

/** One conversation that a daemon is killed in, at every write. */
export interface Scenario {
  name: string;
  /** Behaviours that it proves, for the test's title. */
  proves: string;
  config(world: CountingServer): object;
  /** Sends its inputs, each until it is accepted; returns their ids. */
  play(send: Send, client: Client): Promise<string[]>;
  /** Things counted outside, with the most they may have happened. */
  atMost: Record<string, number>;
}

/** Sends one message until the daemon accepts it. */
export type Send = (id: string, text: string, mode?: 'steer' | 'queue') => Promise<void>;

export const SESSION = 'crash/one';

const agent = (script: object[]) => ({
  providers: { scripted: { type: 'scripted', scripts: { play: script } } },
  agents: { main: { model: 'scripted/play' } },
});
const fetchTool = (world: CountingServer, name: string, method: string) => ({
  name: 'http_fetch',
  input: { url: `${world.url}/${name}`, method },
});
const allowLoopback = { http: { allow: ['127.0.0.1'] } };

export const scenarios: Scenario[] = [
  {
    name: 'a plain answer',
    proves: '[B2][A7]',
    config: () => agent([{ text: 'You said {input}.' }]),
    async play(send) {
      await send('a', 'hello');
      return ['a'];
    },
    atMost: {},
  },
  {
    name: 'parallel tools of every effect',
    proves: '[B2][B3][F1]',
    config: (world) => ({
      ...agent([
        {
          text: 'Three at once.',
          tools: [
            fetchTool(world, 'read', 'GET'),
            { name: 'write_file', input: { path: 'note.txt', content: 'same' } },
            fetchTool(world, 'write', 'POST'),
          ],
        },
        { text: 'And one more.', tools: [fetchTool(world, 'write-again', 'POST')] },
        { text: 'All done.' },
      ]),
      tools: allowLoopback,
    }),
    async play(send) {
      await send('a', 'go');
      return ['a'];
    },
    atMost: { write: 1, 'write-again': 1 },
  },
  {
    name: 'a shell job',
    proves: '[B2][F3]',
    config: (world) => ({
      ...agent([
        {
          tools: [
            {
              name: 'shell',
              input: { command: 'echo run >> ran; sleep 0.2; echo finished' },
            },
          ],
        },
        { text: 'It said {result}' },
      ]),
      tools: allowLoopback,
    }),
    async play(send) {
      await send('a', 'go');
      return ['a'];
    },
    atMost: { job: 1 },
  },
  {
    name: 'a provider that fails at first',
    proves: '[B5][B2]',
    config: (world) => ({
      providers: { flaky: { type: 'openai-compatible', baseUrl: `${world.url}/v1` } },
      agents: { main: { model: 'flaky/m' } },
    }),
    async play(send) {
      await send('a', 'hello');
      return ['a'];
    },
    atMost: {},
  },
  {
    name: 'a queue of three messages',
    proves: '[A6][A1]',
    config: () => agent([{ text: 'Answer to {input}.' }]),
    async play(send) {
      for (const id of ['one', 'two', 'three']) await send(id, id, 'queue');
      return ['one', 'two', 'three'];
    },
    atMost: {},
  },
  {
    name: 'a cancelled shell job',
    proves: '[B2][F3][A7]',
    config: (world) => ({
      ...agent([
        {
          tools: [{ name: 'shell', input: { command: 'echo run >> ran; sleep 60' } }],
        },
        { text: 'never said' },
      ]),
      tools: allowLoopback,
    }),
    async play(send, client) {
      await send('a', 'go');
      const signal = AbortSignal.timeout(60_000);
      for await (const item of client.follow(SESSION, 0, signal)) {
        if (item.kind === 'event' && item.event.type === 'tool_call_started') break;
      }
      await untilAccepted(() => client.cancel(SESSION, { id: 'stop' }));
      return ['a'];
    },
    atMost: { job: 1 },
  },
];

/** Again until it is accepted: what a client does whose connection broke or found nobody. */
export async function untilAccepted(attempt: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (!(error instanceof Error) || !/Lost|NotRunning/.test(error.constructor.name)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
