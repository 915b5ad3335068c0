import { describe, expect, it } from 'vitest';
import { followAcrossRestarts, retryUntilAccepted } from './patience.ts';
import {
  COMPLETION,
  createFetchCall,
  createScriptedAgent,
  openStage,
  reachesStage,
  sendCompletion,
  startTestDaemon,
  waitForClosedInput,
  waitForEvent,
  waitForLogLine,
} from './stage.ts';

const POISON = 'poison/one';
const OTHER = 'other/one';

describe.concurrent('[B6] a step that kills the daemon each time', () => {
  it('ends as failed after three attempts, and only its session is quarantined, until it is released', async (t) => {
    const stage = await openStage(t);
    const daemon = await startTestDaemon(t, {
      ...createScriptedAgent([{ tools: [createFetchCall(stage, 'poison')] }, { text: 'Heard {input}.' }]),
      tools: reachesStage,
    });
    const { client } = daemon;
    stage.setPart('poison', () => process.kill(daemon.generationPid, 'SIGKILL'));

    await retryUntilAccepted(() => client.sendMessage(POISON, { id: 'a', text: 'go' }));
    await waitForLogLine(daemon, { msg: 'session:quarantined', session: POISON });
    expect(stage.countRequests('poison')).toBe(3);

    const { status, quarantine, last, turn } = await client.getSession(POISON);
    const reason = 'the daemon died 3 times during http_fetch (call 1.1)';
    expect({ status, quarantine, last, turn }).toEqual({
      status: 'quarantined',
      quarantine: { reason, at: expect.any(Number) },
      last: { turn: 1, outcome: 'failed', reason },
      turn: null,
    });
    await expect(client.sendMessage(POISON, { text: 'more' })).rejects.toMatchObject({
      code: 'session_quarantined',
      message: expect.stringContaining(`midturn sessions release ${POISON}`),
    });
    stage.setPart('poison', (response) => response.end('harmless now'));
    expect(await client.sendAndWait(OTHER, { text: 'and you?' }, 20)).toMatchObject({ outcome: 'answered' });
    expect(await client.getStatus()).toMatchObject({ mode: 'normal', sessions: { quarantined: 1 } });

    await client.releaseSession(POISON, 'somebody');
    await waitForEvent(daemon, POISON, ({ type }) => type === 'session_released');
    expect(await client.sendAndWait(POISON, { text: 'better?' }, 20)).toMatchObject({
      outcome: 'answered',
      text: 'Heard better?.',
    });
    expect(await client.getSession(POISON)).toMatchObject({ status: 'idle', quarantine: null });
    expect(stage.countRequests('poison')).toBe(4);
  });

  it('may be a model call; messages behind it get their outcome too', async (t) => {
    const stage = await openStage(t);
    const daemon = await startTestDaemon(t, {
      providers: { staged: { type: 'openai-compatible', baseUrl: `${stage.url}/v1` } },
      agents: { main: { model: 'staged/m', tools: { '*': 'allow' } } },
      limits: { crashAttempts: 2 },
    });
    const { client } = daemon;
    let deadly = true;
    const bothSent = Promise.withResolvers<void>();
    stage.setPart(COMPLETION, async (response) => {
      await bothSent.promise;
      if (deadly) process.kill(daemon.generationPid, 'SIGKILL');
      else sendCompletion(response, 'fine again');
    });
    await client.sendMessage(POISON, { id: 'a', text: 'go' });
    await client.sendMessage(POISON, { id: 'b', text: 'next', mode: 'queue' });
    bothSent.resolve();
    await waitForLogLine(daemon, { msg: 'session:quarantined', session: POISON });
    expect(stage.countRequests(COMPLETION)).toBe(2);

    const outcomes = new Map<string, string>();
    for await (const event of followAcrossRestarts(client, POISON)) {
      if (event.type === 'turn_finished' || event.type === 'input_closed') {
        for (const input of event.inputs) outcomes.set(input, `${event.outcome}: ${event.reason}`);
      }
      if (event.type === 'session_quarantined') break;
    }
    const reason = 'the daemon died 2 times during model call 1';
    expect([...outcomes]).toEqual([
      ['a', `failed: ${reason}`],
      ['b', `failed: the session is quarantined: ${reason}`],
    ]);
    deadly = false;
    await client.releaseSession(POISON);
    await waitForEvent(daemon, POISON, ({ type }) => type === 'session_released');
    expect(await client.sendAndWait(POISON, { text: 'again' }, 20)).toMatchObject({ text: 'fine again' });
  });
});

it.concurrent('[B6] a turn that makes progress is never stopped, though each of its steps kills the daemon once', async (t) => {
  const stage = await openStage(t);
  const steps = ['first', 'second', 'third', 'fourth'];
  const daemon = await startTestDaemon(t, {
    ...createScriptedAgent([
      ...steps.map((name) => ({ tools: [createFetchCall(stage, name)] })),
      { text: 'All done.' },
    ]),
    tools: reachesStage,
    limits: { crashAttempts: 2 },
  });
  const { client } = daemon;
  for (const step of steps) {
    stage.setPart(step, (response, count) => {
      if (count === 1) process.kill(daemon.generationPid, 'SIGKILL');
      else response.end(step);
    });
  }
  await retryUntilAccepted(() => client.sendMessage(POISON, { id: 'a', text: 'go' }));
  expect(await waitForClosedInput(daemon, POISON, 'a')).toMatchObject({
    type: 'turn_finished',
    outcome: 'answered',
  });
  expect(stage.asked).toEqual(steps.flatMap((step) => [step, step]));
});
