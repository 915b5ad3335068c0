import { expect, it, type TestContext } from 'vitest';
import {
  COMPLETION,
  openStage,
  sendCompletion,
  startTestDaemon,
  waitForClosedInput,
  waitForLogLine,
} from './stage.ts';

const SESSION = 'calls/one';

it.concurrent('[C8][D3] SIGTERM lets a model call end within its grace; the turn continues at the next start', async (t) => {
  const { daemon, stage } = await calling(t, '20s');
  const down = daemon.shutDown();
  await waitForLogLine(daemon, { msg: 'generation:draining' });
  stage.finish('in good time');
  expect(await down).toBe(0);
  await daemon.startUp();
  expect(await waitForClosedInput(daemon, SESSION, 'a')).toMatchObject({ outcome: 'answered' });
  const { events } = await daemon.client.readEvents(SESSION);
  expect(events.map(({ type }) => type)).toEqual([
    'session_created',
    'input_received',
    'turn_started',
    'model_call_started',
    'model_call_finished',
    'turn_finished',
  ]);
  expect(stage.asked).toHaveLength(1);
});

it.concurrent('[C8][B6] a model call that takes longer is cut, repeated at the next start, and does not count as a crash', async (t) => {
  const { daemon, stage } = await calling(t, '50ms');
  for (const stop of ['SIGTERM', 'SIGINT'] as const) {
    const asked = stage.asked.length;
    expect(await daemon.shutDown(stop)).toBe(0);
    expect(stage.asked).toHaveLength(asked);
    await daemon.startUp();
    await stage.waitForRequests(asked + 1);
  }
  stage.finish('third time lucky');
  expect(await waitForClosedInput(daemon, SESSION, 'a')).toMatchObject({ outcome: 'answered' });
  const { events } = await daemon.client.readEvents(SESSION);
  const calls = events.flatMap((event) => {
    if (event.type === 'model_call_started') return [`started ${event.step}, attempt ${event.attempt}`];
    return event.type === 'model_call_interrupted' ? [`interrupted: ${event.cause}`] : [];
  });
  expect(calls).toEqual([
    'started 1, attempt 1',
    'interrupted: shutdown',
    'started 1, attempt 2',
    'interrupted: shutdown',
    'started 1, attempt 3',
  ]);
});

/** Starts a daemon with a slow model call in flight; a single crash would fail the turn. */
async function calling(t: TestContext, modelGrace: string) {
  const stage = await openStage(t);
  const answer = Promise.withResolvers<string>();
  stage.setPart(COMPLETION, async (response) => sendCompletion(response, await answer.promise));
  const daemon = await startTestDaemon(t, {
    providers: { staged: { type: 'openai-compatible', baseUrl: `${stage.url}/v1` } },
    agents: { main: { model: 'staged/m', tools: { '*': 'allow' } } },
    handover: { modelGrace },
    limits: { crashAttempts: 1 },
  });
  await daemon.client.sendMessage(SESSION, { id: 'a', text: 'go' });
  await stage.waitForRequests(1);
  return { daemon, stage: Object.assign(stage, { finish: answer.resolve }) };
}
