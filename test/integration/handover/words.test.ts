import { expect, it } from 'vitest';
import type { WireDelta } from '../../../src/protocol/events.ts';
import { eventsOf, stepsOf, thinkingDaemon } from '../../support/handovers.ts';
import { type Turn, textOf } from '../../support/model-server.ts';

it('[I2] a follower in the new generation receives the text of a turn that still runs in the old one, in order and once', async (t) => {
  const more = Promise.withResolvers<void>();
  const { daemon, server } = await thinkingDaemon(t, () => ({
    text: 'first\u2029 words of ',
    hold: more.promise,
    after: 'an answer that\u2028 takes a while and then ends',
    pace: 30,
  }));
  const { client } = daemon;
  await client.sendMessage('s', { text: 'go', id: 'a' });
  await server.waitUntil(({ running }) => running === 1);
  const draining = daemon.waitForLog(
    ({ msg, generation }) => msg === 'generation:draining' && generation === 1,
  );
  await client.restart();
  await draining;

  const deltas: WireDelta[] = [];
  const kinds: string[] = [];
  const following = (async () => {
    for await (const item of client.followSession('s', 0, AbortSignal.timeout(50_000))) {
      if (item.kind === 'event') kinds.push(item.event.type);
      if (item.kind === 'delta') {
        deltas.push(item.delta);
        kinds.push('delta');
        // All text so far is here; the rest arrives while this stream is open.
        more.resolve();
      }
      if (kinds.at(-1) === 'turn_finished') return;
    }
  })();
  await following;
  expect((await client.getStatus()).generation.number).toBe(2);
  const text = 'first\u2029 words of an answer that\u2028 takes a while and then ends';
  let said = '';
  for (const { step, attempt, offset, text: words } of deltas) {
    expect({ step, attempt, offset }).toEqual({ step: 1, attempt: 1, offset: said.length });
    said += words;
  }
  expect(said).toBe(text);
  expect(deltas.length).toBeGreaterThan(4);
  expect(kinds.filter((kind) => kind !== 'delta').slice(-3)).toEqual([
    'model_call_started',
    'model_call_finished',
    'turn_finished',
  ]);
  expect(kinds.lastIndexOf('delta')).toBeLessThan(kinds.indexOf('model_call_finished'));
  expect(stepsOf(await eventsOf(daemon, 's', 'a'))).toEqual([
    'model call 1, attempt 1, generation 1',
    'answered',
  ]);
});

it('[A5] idle sessions are answered as fast as before while a long turn of another session drains', async (t) => {
  const over = Promise.withResolvers<void>();
  const { daemon, server } = await thinkingDaemon(t, (messages): Turn => {
    const said = textOf(messages.findLast(({ role }) => role === 'user')?.content);
    return said === 'long' ? { text: 'at last', hold: over.promise } : { text: 'here' };
  });
  await daemon.client.sendMessage('long', { text: 'long', id: 'a' });
  await server.waitUntil(({ running }) => running === 1);
  const before = await typicalAnswer(daemon.client);
  const left = daemon.waitForLog(({ msg, type }) => msg === 'generation:said' && type === 'left');
  await daemon.client.restart();
  await left;
  const during = await typicalAnswer(daemon.client);
  const { handover, generation } = await daemon.client.getStatus();
  expect({ phase: handover?.phase, generation: generation.number }).toEqual({
    phase: 'draining',
    generation: 2,
  });
  expect(during / before).toBeLessThan(5);
  over.resolve();
  expect(stepsOf(await eventsOf(daemon, 'long', 'a'))).toEqual([
    'model call 1, attempt 1, generation 1',
    'answered',
  ]);
});

/** Returns the median time of a short answer in milliseconds, once the process is warm. */
async function typicalAnswer(client: {
  sendAndWait(session: string, message: { text: string }, seconds: number): Promise<unknown>;
}): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < 25; count += 1) {
    const started = performance.now();
    await client.sendAndWait(`idle/${count % 5}`, { text: 'are you there?' }, 30);
    times.push(performance.now() - started);
  }
  return times.slice(5).sort((a, b) => a - b)[10] ?? Number.NaN;
}
