import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it, type TestContext } from 'vitest';
import { fixtureServer, ProcessMonitor } from '../support/mcp.ts';
import { createScriptedAgent, openStage, type Stage, startTestDaemon, waitForClosedInput } from './stage.ts';

const SESSION = 'mcp/one';
const fixtures = join(import.meta.dirname, '../fixtures/mcp');

it('[F4] kill -9 of the owner leaves no server behind that ignores SIGTERM and the end of its input', async (t) => {
  const life = await ProcessMonitor.open(t);
  const env = { LIFE: life.port };
  const servers = { a: fixtureServer('stubborn', { env }), b: fixtureServer('parent', { env }) };
  const owner = spawn(process.execPath, [join(fixtures, 'owner.ts'), JSON.stringify(servers), '/nowhere'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.onTestFinished(() => void owner.kill('SIGKILL'));
  await life.waitUntil(({ alive }) => alive === 3);
  owner.kill('SIGKILL');
  await life.waitUntil(({ alive }) => alive === 0);
});

it('[F1][F4] killed in the middle of calls: a write is reported as unknown, an idempotent call is made again with its key', async (t) => {
  const stage = await openStage(t);
  const keys: string[] = [];
  stage.setPart('put', (response, count, request) => {
    keys.push(String(request.headers['idempotency-key']));
    if (count > 1) response.end();
  });
  stage.setPart('append', () => {});
  const life = await ProcessMonitor.open(t);
  const daemon = await startTestDaemon(t, config(stage, life, 'stubborn'));
  await daemon.client.sendMessage(SESSION, { id: 'a', text: 'go' });
  await Promise.all([stage.waitForRequests(1, 'put'), stage.waitForRequests(1, 'append')]);
  await daemon.killGeneration();
  expect(await waitForClosedInput(daemon, SESSION, 'a')).toMatchObject({ outcome: 'answered' });
  expect([stage.countRequests('put'), stage.countRequests('append')]).toEqual([2, 1]);
  expect(new Set(keys).size).toBe(1);
  const { messages } = await daemon.client.readTranscript(SESSION);
  const results = messages.flatMap(({ call, text, outcome }) => (call ? [[call, outcome, text]] : []));
  expect(results.sort()).toEqual([
    ['1.1', 'finished', 'put did {}'],
    ['1.2', 'unknown', ''],
  ]);
  await life.waitUntil(({ alive, born }) => born === 2 && alive === 1);
});

it('[F4] a daemon that stops ends its servers and does not wait for those that ignore it', async (t) => {
  const stage = await openStage(t);
  const life = await ProcessMonitor.open(t);
  const daemon = await startTestDaemon(t, config(stage, life, 'stubborn'));
  await life.waitUntil(({ alive }) => alive === 1);
  expect(await daemon.shutDown()).toBe(0);
  await life.waitUntil(({ alive }) => alive === 0);
});

it('[F4] a server that never answers does not delay readiness', async (t: TestContext) => {
  const stage = await openStage(t);
  const life = await ProcessMonitor.open(t);
  const daemon = await startTestDaemon(t, {
    ...config(stage, life, 'silent'),
    ...createScriptedAgent([{ text: 'here' }]),
  });
  await daemon.client.sendMessage(SESSION, { id: 'a', text: 'go' });
  expect(await waitForClosedInput(daemon, SESSION, 'a')).toMatchObject({ outcome: 'answered' });
});

function config(stage: Stage, life: ProcessMonitor, mode: string) {
  const calls = ['put', 'append'].map((name) => ({ name: `mcp__world__${name}`, input: {} }));
  return {
    ...createScriptedAgent([{ tools: calls }, { text: 'done' }]),
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
