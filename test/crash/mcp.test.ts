import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it, type TestContext } from 'vitest';
import { fixture, LifeLine } from '../support/mcp.ts';
import { closed, openStage, type Stage, scripted, upWith } from './stage.ts';

const SESSION = 'mcp/one';
const fixtures = join(import.meta.dirname, '../fixtures/mcp');

it('[F4] kill -9 of the owner leaves no server behind that ignores SIGTERM and the end of its input', async (t) => {
  const life = await LifeLine.open(t);
  const env = { LIFE: life.port };
  const servers = { a: fixture('stubborn', { env }), b: fixture('parent', { env }) };
  const owner = spawn(process.execPath, [join(fixtures, 'owner.ts'), JSON.stringify(servers), '/nowhere'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.onTestFinished(() => void owner.kill('SIGKILL'));
  await life.until(({ alive }) => alive === 3);
  owner.kill('SIGKILL');
  await life.until(({ alive }) => alive === 0);
});

it('[F1][F4] killed in the middle of calls: a write is reported as unknown, an idempotent call is made again with its key', async (t) => {
  const stage = await openStage(t);
  const keys: string[] = [];
  stage.play('put', (response, count, request) => {
    keys.push(String(request.headers['idempotency-key']));
    if (count > 1) response.end();
  });
  stage.play('append', () => {});
  const life = await LifeLine.open(t);
  const daemon = await upWith(t, config(stage, life, 'stubborn'));
  await daemon.client.send(SESSION, { id: 'a', text: 'go' });
  await Promise.all([stage.reached(1, 'put'), stage.reached(1, 'append')]);
  await daemon.killGeneration();
  expect(await closed(daemon, SESSION, 'a')).toMatchObject({ outcome: 'answered' });
  expect([stage.count('put'), stage.count('append')]).toEqual([2, 1]);
  expect(new Set(keys).size).toBe(1);
  const { messages } = await daemon.client.transcript(SESSION);
  const results = messages.flatMap(({ call, text, outcome }) => (call ? [[call, outcome, text]] : []));
  expect(results.sort()).toEqual([
    ['1.1', 'finished', 'put did {}'],
    ['1.2', 'unknown', ''],
  ]);
  await life.until(({ alive, born }) => born === 2 && alive === 1);
});

it('[F4] a daemon that stops ends its servers and does not wait for those that ignore it', async (t) => {
  const stage = await openStage(t);
  const life = await LifeLine.open(t);
  const daemon = await upWith(t, config(stage, life, 'stubborn'));
  await life.until(({ alive }) => alive === 1);
  expect(await daemon.down()).toBe(0);
  await life.until(({ alive }) => alive === 0);
});

it('[F4] a server that never answers does not delay readiness', async (t: TestContext) => {
  const stage = await openStage(t);
  const life = await LifeLine.open(t);
  const daemon = await upWith(t, { ...config(stage, life, 'silent'), ...scripted([{ text: 'here' }]) });
  await daemon.client.send(SESSION, { id: 'a', text: 'go' });
  expect(await closed(daemon, SESSION, 'a')).toMatchObject({ outcome: 'answered' });
});

function config(stage: Stage, life: LifeLine, mode: string) {
  const calls = ['put', 'append'].map((name) => ({ name: `mcp__world__${name}`, input: {} }));
  return {
    ...scripted([{ tools: calls }, { text: 'done' }]),
    tools: {
      mcp: {
        world: {
          command: process.execPath,
          args: [join(fixtures, 'server.ts'), mode],
          env: { WORLD: stage.url, LIFE: life.port },
          effects: { put: 'idempotent' },
        },
      },
    },
  };
}
