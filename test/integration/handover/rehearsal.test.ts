import { expect, it } from 'vitest';
import { eventsOf, thinkingDaemon } from '../../support/handovers.ts';

it('a generation rehearses while another one serves, and not while clients wait although one still drains', async (t) => {
  const more = Promise.withResolvers<void>();
  const { daemon, server } = await thinkingDaemon(t, () => ({ text: 'done', hold: more.promise }));
  const { client } = daemon;
  await client.sendMessage('s', { text: 'go', id: 'a' });
  await server.waitUntil(({ running }) => running === 1);
  const left = daemon.waitForLog(({ msg, type }) => msg === 'generation:said' && type === 'left');
  await client.restart('the test');
  await left;
  await daemon.killGeneration();
  const rehearsed = daemon.log.filter(({ msg }) => msg === 'generation:rehearsed');
  expect(rehearsed.map(({ generation }) => generation)).toEqual([2]);
  more.resolve();
  expect((await eventsOf(daemon, 's', 'a')).at(-1)).toMatchObject({ outcome: 'answered' });
});
