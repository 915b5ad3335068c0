import { mkdir, watch } from 'node:fs/promises';
import { join } from 'node:path';
import { retryUntilAccepted } from '../patience.ts';
import { allowLoopback, createAgent, fetchTool, type Scenario, SESSION } from './scenario.ts';

/** Scenarios without approvals or elicitations. */
export const workScenarios: Scenario[] = [
  {
    name: 'a plain answer',
    proves: '[B2][A7]',
    config: () => createAgent([{ text: 'You said {input}.' }]),
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
      ...createAgent([
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
      ...createAgent([
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
      agents: { main: { model: 'flaky/m', tools: { '*': 'allow' } } },
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
    config: () => createAgent([{ text: 'Answer to {input}.' }]),
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
      ...createAgent([
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
            args: [join(import.meta.dirname, '../../fixtures/mcp/server.ts'), 'good'],
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
      ...createAgent([
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
      await retryUntilAccepted(() => client.cancelInputs(SESSION, { id: 'stop' }));
      return ['a'];
    },
    atMost: { job: 1 },
  },
];
