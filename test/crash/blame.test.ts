import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { retryUntilAccepted } from './patience.ts';
import {
  COMPLETION,
  createFetchCall,
  createScriptedAgent,
  openStage,
  reachesStage,
  type Stage,
  sendCompletion,
  startTestDaemon,
  waitForClosedInput,
  waitForLogLine,
} from './stage.ts';

const SESSIONS = Array.from({ length: 20 }, (_, index) => `healthy/${index}`);
/** The number of daemon deaths: twice the default of `limits.crashAttempts`, so that counting them would quarantine. */
const KILLS = 6;

it.concurrent('[B6] twenty sessions whose step dies with the whole daemon six times in a row are all answered', async (t) => {
  const stage = await openStage(t);
  const daemon = await startTestDaemon(t, staged(stage));
  const calls = holdCalls(stage);
  await sendToAll(daemon);
  for (let kill = 1; kill <= KILLS; kill += 1) {
    await stage.waitForRequests(kill * SESSIONS.length, COMPLETION);
    await daemon.killAll();
    await daemon.startUp();
  }
  await stage.waitForRequests((KILLS + 1) * SESSIONS.length, COMPLETION);
  calls.release();
  await allAnswered(daemon);
  expect(await daemon.client.getStatus()).toMatchObject({ mode: 'normal', sessions: { quarantined: 0 } });
});

it.concurrent('[B6] of twenty running sessions, only the one that kills the generation is quarantined', async (t) => {
  const stage = await openStage(t);
  const poison = createScriptedAgent(
    [{ tools: [createFetchCall(stage, 'poison')] }, { text: 'ok' }],
    'poison',
  );
  const daemon = await startTestDaemon(t, {
    providers: { ...staged(stage).providers, ...poison.providers },
    agents: { ...staged(stage).agents, ...poison.agents },
    tools: reachesStage,
  });
  const calls = holdCalls(stage);
  await sendToAll(daemon);
  await stage.waitForRequests(SESSIONS.length, COMPLETION);
  stage.setPart('poison', async (_, count) => {
    // All sessions run during the first two deaths; after that the healthy ones get their answers.
    if (count <= 2) await stage.waitForRequests(count * SESSIONS.length, COMPLETION);
    process.kill(daemon.generationPid, 'SIGKILL');
    if (count === 2) calls.release();
  });
  await daemon.client.sendMessage('poison', { id: 'go', text: 'go', agent: 'poison' });
  const line = await waitForLogLine(daemon, { msg: 'session:quarantined', session: 'poison' });
  expect(line['reason']).toBe('the daemon died 4 times during http_fetch (call 1.1)');
  await allAnswered(daemon);
  expect(stage.countRequests('poison')).toBe(4);
  expect(await daemon.client.getStatus()).toMatchObject({ mode: 'normal', sessions: { quarantined: 1 } });
});

function staged(stage: Stage) {
  return {
    providers: { staged: { type: 'openai-compatible', baseUrl: `${stage.url}/v1`, concurrency: 100 } },
    agents: { main: { model: 'staged/m' } },
    defaultAgent: 'main',
  };
}

/** Holds model calls until `release` is called, then answers the held and all later ones. */
function holdCalls(stage: Stage): { release(): void } {
  const held: ServerResponse[] = [];
  let released = false;
  stage.setPart(COMPLETION, (response) => {
    if (released) sendCompletion(response, 'done');
    else held.push(response);
  });
  return {
    release() {
      released = true;
      for (const response of held.splice(0)) sendCompletion(response, 'done');
    },
  };
}

async function sendToAll({ client }: Daemon): Promise<void> {
  await Promise.all(SESSIONS.map((session) => client.sendMessage(session, { id: 'go', text: 'go' })));
}

async function allAnswered(daemon: Daemon): Promise<void> {
  const ends = await Promise.all(
    SESSIONS.map((session) => retryUntilAccepted(() => waitForClosedInput(daemon, session, 'go'))),
  );
  for (const end of ends) expect(end).toMatchObject({ type: 'turn_finished', outcome: 'answered' });
}
