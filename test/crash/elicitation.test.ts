import { join } from 'node:path';
import { expect, it, type TestContext } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import {
  createScriptedAgent,
  openStage,
  type RequestHandler,
  type Stage,
  startTestDaemon,
  waitForClosedInput,
  waitForEvent,
} from './stage.ts';

const SESSION = 'asking/one';
const CONTENT = { place: 'staging' };

it('[G1] [B2] a question of a call survives kill -9 of everything, and its answer reaches the next round once', async (t) => {
  const { daemon, stage } = await start(t, 'rounds', 'write');
  const id = await question(daemon, 1);
  await daemon.killAll();
  await daemon.startUp();
  const { approvals } = await daemon.client.listApprovals({ state: 'pending' });
  expect(approvals).toMatchObject([{ approval: id, session: SESSION, inquiry: { message: 'Where to?' } }]);
  await daemon.client.decideApproval(SESSION, id, { decision: 'approve', content: CONTENT });
  expect(await waitForClosedInput(daemon, SESSION, 'a')).toMatchObject({ outcome: 'answered' });
  expect([stage.countRequests('ask'), stage.countRequests('deploy')]).toEqual([1, 1]);
});

it('[F1] [G1] killed while the answers are in transit, a write is reported as unknown', async (t) => {
  const { daemon, stage } = await start(t, 'rounds', 'write');
  stage.setPart('deploy', () => {});
  const id = await question(daemon, 1);
  await daemon.client.decideApproval(SESSION, id, { decision: 'approve', content: CONTENT });
  await stage.waitForRequests(1, 'deploy');
  await daemon.killGeneration();
  await waitForClosedInput(daemon, SESSION, 'a');
  expect(await outcomes(daemon)).toEqual(['unknown']);
  expect(stage.countRequests('deploy')).toBe(1);
  const { effects } = await daemon.client.readEffects(SESSION);
  expect(effects).toMatchObject([{ outcome: 'unknown', attempts: 2, effect: 'write' }]);
});

it('[G1] [G3] [F1] killed while a running call asks: the question is superseded, and a write is reported as unknown', async (t) => {
  const { daemon, stage } = await start(t, 'live', 'write');
  const id = await question(daemon, 1);
  await daemon.killGeneration();
  await waitForClosedInput(daemon, SESSION, 'a');
  expect(await outcomes(daemon)).toEqual(['unknown']);
  expect(await daemon.client.getApproval(id)).toMatchObject({ state: 'superseded' });
  const late = daemon.client.decideApproval(SESSION, id, { decision: 'approve', content: CONTENT });
  await expect(late).rejects.toMatchObject({ code: 'approval_closed' });
  expect(stage.countRequests('deploy')).toBe(0);
});

it('[G1] [F1] [F2] killed while a running idempotent call asks: it is made again with its key, and asks again', async (t) => {
  const keys: unknown[] = [];
  const { daemon, stage } = await start(t, 'live', 'idempotent', (response, _, request) => {
    keys.push(request.headers['idempotency-key']);
    response.end();
  });
  const first = await question(daemon, 1);
  await daemon.killGeneration();
  const second = await question(daemon, 2);
  expect(second).not.toBe(first);
  await daemon.client.decideApproval(SESSION, second, { decision: 'approve', content: CONTENT });
  await waitForClosedInput(daemon, SESSION, 'a');
  expect(await outcomes(daemon)).toEqual(['finished']);
  expect([keys.length, new Set(keys).size, stage.countRequests('deploy')]).toEqual([2, 1, 1]);
});

it('[G1] [G3] the question of a server that dies while it asks is withdrawn', async (t) => {
  let pid = 0;
  const { daemon } = await start(t, 'live', 'write', (response, _, request) => {
    pid = Number(request.headers['pid']);
    response.end();
  });
  const id = await question(daemon, 1);
  process.kill(pid, 'SIGKILL');
  await waitForClosedInput(daemon, SESSION, 'a');
  expect(await daemon.client.getApproval(id)).toMatchObject({ state: 'superseded' });
  const { messages } = await daemon.client.readTranscript(SESSION);
  expect(messages.find(({ call }) => call)).toMatchObject({
    text: expect.stringMatching(/returned no result: the connection was lost\. It may or may not/),
  });
});

async function start(
  t: TestContext,
  how: string,
  effect: string,
  ask?: RequestHandler,
): Promise<{ daemon: Daemon; stage: Stage }> {
  const stage = await openStage(t);
  if (ask) stage.setPart('ask', ask);
  const world = {
    command: process.execPath,
    args: [join(import.meta.dirname, '../fixtures/mcp/asking.ts'), how],
    env: { WORLD: stage.url },
    effects: { deploy: effect },
  };
  const daemon = await startTestDaemon(t, {
    ...createScriptedAgent([{ tools: [{ name: 'mcp__world__deploy', input: {} }] }, { text: 'done' }]),
    tools: { mcp: { world } },
  });
  await daemon.client.sendMessage(SESSION, { id: 'a', text: 'go' });
  return { daemon, stage };
}

/** Returns the id of the nth question of the session, across restarts of the daemon. */
async function question(daemon: Daemon, nth: number): Promise<string> {
  let asked = 0;
  const event = await waitForEvent(daemon, SESSION, ({ type }) => {
    if (type === 'approval_requested') asked += 1;
    return asked === nth;
  });
  return event.type === 'approval_requested' ? event.approval : '';
}

async function outcomes({ client }: Daemon) {
  const { messages } = await client.readTranscript(SESSION);
  return messages.flatMap(({ call, outcome }) => (call ? [outcome] : []));
}
