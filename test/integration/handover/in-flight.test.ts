import { expect, it } from 'vitest';
import { eventsOf, handOver, stepsOf, thinkingDaemon } from '../../support/handovers.ts';

const GRACE = 700;

it.concurrent('[C2] [C3] a model call is cancelled after its grace and repeated by the next generation', async (t) => {
  const never = new Promise(() => {});
  const { daemon, server } = await thinkingDaemon(
    t,
    (_, { calls }) => (calls.get(1) === 1 ? { text: 'half an ', hold: never } : { text: 'the whole answer' }),
    () => ({ handover: { modelGrace: `${GRACE}ms` } }),
  );
  await daemon.client.sendMessage('s', { text: 'go', id: 'a' });
  await server.waitUntil(({ running }) => running === 1);
  const report = await handOver(daemon);
  const events = await eventsOf(daemon, 's', 'a');

  expect(stepsOf(events)).toEqual([
    'model call 1, attempt 1, generation 1',
    'model call 1 interrupted: shutdown',
    'handed over 1 → 2: restart',
    'model call 1, attempt 2, generation 2',
    'answered',
  ]);
  // The provider has seen the first call end before the second one started.
  expect(server).toMatchObject({ most: 1, givenUp: 1 });
  expect(server.calls.get(1)).toBe(2);
  expect(report.sessions).toMatchObject([{ session: 's', state: 'cut', holding: ['model call 1'] }]);
  expect(report.sessions[0]?.after).toBeGreaterThanOrEqual(GRACE);
  const { messages } = await daemon.client.readTranscript('s');
  expect(messages.filter(({ role }) => role === 'assistant').map(({ text }) => text)).toEqual([
    'the whole answer',
  ]);
});

it.concurrent('[C2] [C3] an answer within the grace is used, and the next generation runs the next step', async (t) => {
  const answer = Promise.withResolvers<void>();
  const { daemon, server } = await thinkingDaemon(t, (messages, server) => {
    if (messages.some(({ role }) => role === 'tool')) return { text: 'done' };

    return { text: 'looking', hold: answer.promise, tools: [server.fetchCall('write', 'POST')] };
  });
  await daemon.client.sendMessage('s', { text: 'go', id: 'a' });
  await server.waitUntil(({ running }) => running === 1);
  const left = daemon.waitForLog(({ msg, type }) => msg === 'generation:said' && type === 'left');
  const handedOver = handOver(daemon);
  await left;
  answer.resolve();
  const report = await handedOver;
  expect(stepsOf(await eventsOf(daemon, 's', 'a'))).toEqual([
    'model call 1, attempt 1, generation 1',
    'handed over 1 → 2: restart',
    'tool call 1.1, attempt 1, generation 2',
    'model call 2, attempt 1, generation 2',
    'answered',
  ]);
  expect([...server.tools]).toEqual([['write', 1]]);
  expect(report.sessions).toMatchObject([{ session: 's', state: 'moved', holding: ['model call 1'] }]);
});
