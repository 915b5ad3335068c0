import { mkdir, watch } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiError, ConnectionLostError, DaemonNotRunningError } from '../../src/errors/http.ts';
import type { Client } from '../../src/protocol/client/client.ts';
import type { WireEvent } from '../../src/protocol/events.ts';
import type { CountingServer } from '../support/counting-server.ts';
import type { Daemon } from '../support/daemon.ts';

/** One conversation that a daemon is killed in, at every write. */
export interface Scenario {
  name: string;
  /** Behaviours that it proves, for the test's title. */
  proves: string;
  config(world: CountingServer): object;
  /** Sends its inputs, each until it is accepted; returns their ids. */
  play(send: Send, daemon: Daemon): Promise<string[]>;
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
    config: () => ({
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
    name: 'tools of an MCP server',
    proves: '[B2][F1][F4]',
    config: (world) => ({
      ...agent([
        {
          tools: ['look', 'put', 'append'].map((name) => ({ name: `mcp__world__${name}`, input: {} })),
        },
        { tools: [{ name: 'mcp__world__append', input: { again: true } }] },
        { text: 'All done.' },
      ]),
      tools: {
        mcp: {
          world: {
            command: process.execPath,
            args: [join(import.meta.dirname, '../fixtures/mcp/server.ts'), 'good'],
            env: { WORLD: world.url },
            effects: { look: 'read', put: 'idempotent', append: 'write' },
          },
        },
      },
    }),
    async play(send) {
      await send('a', 'go');
      return ['a'];
    },
    atMost: { append: 2 },
  },
  {
    name: 'a conversation that outgrows its model',
    proves: '[B8][B2]',
    config: (world) => ({
      providers: { recall: { type: 'openai-compatible', baseUrl: `${world.url}/recall` } },
      agents: { main: { model: 'recall/m', compaction: { window: 1_000, keepTurns: 2 } } },
    }),
    async play(send) {
      const ids = Array.from({ length: 5 }, (_, index) => `message ${index + 1}`);
      for (const id of ids) await send(id, `${id}: ${'x'.repeat(1_000)}`, 'queue');
      return ids;
    },
    atMost: {},
  },
  {
    name: 'a cancelled shell job',
    proves: '[B2][F3][A7]',
    config: () => ({
      ...agent([
        {
          tools: [{ name: 'shell', input: { command: 'echo run >> ran; sleep 60' } }],
        },
        { text: 'never said' },
      ]),
    }),
    async play(send, { client, home }) {
      await mkdir(home.work, { recursive: true });
      const changes = watch(home.work, { signal: AbortSignal.timeout(60_000) });
      await send('a', 'go');
      for await (const { filename } of changes) if (filename === 'ran') break;
      await untilAccepted(() => client.cancel(SESSION, { id: 'stop' }));
      return ['a'];
    },
    atMost: { job: 1 },
  },
  {
    name: 'a call that somebody approves',
    proves: '[G1][G2]',
    config: (world) => asking(world, '1h'),
    async play(send, daemon) {
      await send('a', 'go');
      await decide(daemon, 'approve');
      return ['a'];
    },
    atMost: { write: 1 },
  },
  {
    name: 'a call that somebody denies',
    proves: '[G1][G2]',
    config: (world) => asking(world, '1h'),
    async play(send, daemon) {
      await send('a', 'go');
      await decide(daemon, 'deny');
      return ['a'];
    },
    atMost: { write: 0 },
  },
  {
    name: 'a call that nobody approves in time',
    proves: '[G1][G3]',
    config: (world) => asking(world, '1s'),
    async play(send) {
      await send('a', 'go');
      return ['a'];
    },
    atMost: { write: 0 },
  },
  {
    name: 'work that another session does',
    proves: '[H1]',
    config: (world) => ({
      providers: {
        scripted: {
          type: 'scripted',
          scripts: {
            play: [
              { tools: [{ name: 'delegate', input: { agent: 'helper', task: 'Write it.' } }] },
              { text: 'They say: {result}' },
            ],
            // The same whether it knows the outcome of its call or not.
            help: [{ tools: [fetchTool(world, 'write', 'POST')] }, { text: 'It is done.' }],
          },
        },
      },
      agents: { main: { model: 'scripted/play' }, helper: { model: 'scripted/help' } },
      tools: allowLoopback,
    }),
    async play(send) {
      await send('a', 'go');
      return ['a'];
    },
    atMost: { write: 1 },
  },
  {
    name: 'work that another session asks about',
    proves: '[G1][G3][H1]',
    config: delegating,
    async play(send, daemon) {
      await send('a', 'go');
      await decide(daemon, 'approve');
      return ['a'];
    },
    atMost: { write: 1 },
  },
  {
    name: 'an MCP call that asks people before it writes',
    proves: '[B2][G1][F1][F2]',
    config: (world) => askingPeople(world, 'rounds', 'write'),
    play: answerEverything,
    atMost: { deploy: 1 },
  },
  {
    name: 'an idempotent MCP call that asks people',
    proves: '[B2][G1][F1][F2]',
    config: (world) => askingPeople(world, 'rounds', 'idempotent'),
    play: answerEverything,
    atMost: {},
  },
];

/** Those in which a handover makes a difference: a question of a running call does not wait for it. */
export const crashScenarios: Scenario[] = [
  ...scenarios,
  {
    name: 'an MCP call that asks people while it runs',
    proves: '[B2][G1][F1]',
    config: (world) => askingPeople(world, 'live', 'idempotent'),
    play: answerEverything,
    atMost: {},
  },
];

/** An agent whose only call is one of an MCP server that asks people. */
function askingPeople(world: CountingServer, how: 'rounds' | 'live', effect: string) {
  const server = {
    command: process.execPath,
    args: [join(import.meta.dirname, '../fixtures/mcp/asking.ts'), how],
    env: { WORLD: world.url },
    effects: { deploy: effect },
  };
  return {
    ...agent([{ tools: [{ name: 'mcp__world__deploy', input: {} }] }, { text: 'All done.' }]),
    tools: { mcp: { world: server } },
  };
}

/** Answers whatever is asked, as often as it is asked, until the turn is over. */
async function answerEverything(send: Send, { client }: Daemon): Promise<string[]> {
  await send('a', 'go');
  const content = { place: 'staging' };
  for await (const event of everyEvent(client, SESSION)) {
    if (event.type === 'turn_finished') break;
    if (event.type !== 'approval_requested') continue;
    await unlessClosed(() => client.decide(SESSION, event.approval, { decision: 'approve', content }));
  }
  return ['a'];
}

/** An agent whose only call gives work to another one, which asks before it writes. */
function delegating(world: CountingServer) {
  const { agents, ...rest } = asking(world, '1h');
  const play = [
    { tools: [{ name: 'delegate', input: { agent: 'helper', task: 'Write it.' } }] },
    { text: 'They say: {result}' },
  ];
  const scripts = { ...rest.providers.scripted.scripts, lead: play };
  return {
    ...rest,
    providers: { scripted: { ...rest.providers.scripted, scripts } },
    agents: { main: { model: 'scripted/lead' }, helper: agents.main },
  };
}

/** An agent whose only call writes, and waits for an approval first. */
function asking(world: CountingServer, timeout: string) {
  const { providers, agents } = agent([
    { tools: [fetchTool(world, 'write', 'POST')] },
    { text: 'All done.' },
  ]);
  const main = { ...agents.main, tools: { http_fetch: 'ask' }, approvals: { timeout } };
  return { providers, agents: { main }, tools: allowLoopback };
}

/** Decides the first question that the session tells of, until the daemon has accepted it. */
async function decide({ client }: Daemon, decision: 'approve' | 'deny'): Promise<void> {
  for await (const event of everyEvent(client, SESSION)) {
    const asked = questionIn(event);
    if (!asked) continue;
    const { session, approval } = asked;
    return unlessClosed(() => client.decide(session, approval, { decision, from: 'ann' }));
  }
}

/** Who is told that it was decided already is done too. */
async function unlessClosed(decide: () => Promise<unknown>): Promise<void> {
  try {
    await untilAccepted(decide);
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'approval_closed')) throw error;
  }
}

/** Its own, or of a session that works for it. */
function questionIn(event: WireEvent): { session: string; approval: string } | undefined {
  if (event.type === 'approval_requested') return { session: SESSION, approval: event.approval };
  if (event.type !== 'input_received' || event.input.kind !== 'question') return undefined;
  return event.input.question;
}

/** Again until it is answered: what a client does whose connection broke or found nobody. */
export async function untilAccepted<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isOutage(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Every event from the first on, over any number of restarts, until the caller has seen enough. */
export async function* everyEvent(client: Client, session: string): AsyncGenerator<WireEvent> {
  const signal = AbortSignal.timeout(60_000);
  for (let seq = 0; !signal.aborted; ) {
    try {
      for await (const item of client.follow(session, seq, signal)) {
        if (item.kind !== 'event') continue;
        seq = item.event.seq;
        yield item.event;
      }
    } catch (error) {
      if (!isOutage(error)) throw error;
    }
  }
  throw new Error('the events did not come in time');
}

function isOutage(error: unknown): boolean {
  return error instanceof ConnectionLostError || error instanceof DaemonNotRunningError;
}
