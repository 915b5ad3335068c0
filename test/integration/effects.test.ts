import { expect, it } from 'vitest';
import type { SessionEffect } from '../../src/sessions/sessions.ts';
import { startEngine, testTool } from '../support/engine.ts';

const read = testTool('look', () => 'seen', { effect: () => 'read' });
const put = testTool('put', () => 'put', { effect: () => 'idempotent' });
const post = testTool('post', () => 'posted');
const broken = testTool('broken', () => '', {
  run: async () => ({ type: 'error-text', value: 'it broke' }),
});

const essence = (effects: SessionEffect[]) =>
  effects.map(({ call, tool, effect, outcome }) => [call, tool, effect, outcome]);

it('lists what was written and what was refused, and leaves out what was only read', async () => {
  const { ask, sessions } = await startEngine({
    tools: [read, put, post, broken],
    script: [
      {
        tools: [
          { name: 'look', input: {} },
          { name: 'put', input: { at: 1, note: 'say hunter2', deep: [{ key: 'hunter2' }] } },
          { name: 'broken', input: {} },
        ],
      },
      {
        tools: [
          { name: 'nothing', input: { at: 2 } },
          { name: 'post', input: {} },
        ],
      },
      { text: 'Done.' },
    ],
  });
  await ask('s', 'go');
  const effects = await sessions.readEffects('s', 0, 100);
  expect(essence(effects).sort()).toEqual([
    ['1.2', 'put', 'idempotent', 'finished'],
    ['1.3', 'broken', 'write', 'failed'],
    ['2.1', 'nothing', null, 'refused'],
    ['2.2', 'post', 'write', 'finished'],
  ]);
  const [first] = effects;
  expect(first).toEqual({
    seq: expect.any(Number),
    call: '1.2',
    tool: 'put',
    effect: 'idempotent',
    input: { at: 1, note: 'say [redacted]', deep: [{ key: '[redacted]' }] },
    key: expect.stringMatching(/^[\w-]{32}$/),
    attempts: 1,
    startedAt: expect.any(Number),
    endedAt: expect.any(Number),
    outcome: 'finished',
  });
  expect(effects.find(({ call }) => call === '2.1')).toMatchObject({
    input: { at: 2 },
    key: null,
    attempts: 0,
    startedAt: null,
    reason: 'there is no tool "nothing"',
  });
  const page = await sessions.readEffects('s', 0, 2);
  expect(page).toEqual(effects.slice(0, 2));
  expect(await sessions.readEffects('s', page.at(-1)?.seq ?? 0, 100)).toEqual(effects.slice(2));
  await expect(sessions.readEffects('nobody', 0, 1)).rejects.toMatchObject({ code: 'session_not_found' });
});

it('a call on its way is running, and its end is found however far behind its start', async () => {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: end, resolve: finish } = Promise.withResolvers<string>();
  const slow = testTool('slow', () => {
    begin();
    return end;
  });
  const { ask, sessions } = await startEngine({
    tools: [slow, post],
    script: [
      {
        tools: [
          { name: 'slow', input: {} },
          { name: 'post', input: {} },
        ],
      },
      { text: 'Done.' },
    ],
  });
  const answered = ask('s', 'go');
  await begun;
  const [running] = await sessions.readEffects('s', 0, 1);
  expect(running).toMatchObject({ call: '1.1', outcome: 'running', endedAt: null, attempts: 1 });
  finish('at last');
  await answered;
  expect(essence(await sessions.readEffects('s', 0, 1))).toEqual([['1.1', 'slow', 'write', 'finished']]);
});
