import { expect, it } from 'vitest';
import { thinkingDaemon } from '../support/handovers.ts';

const SESSIONS = 150;
const AT_ONCE = 12;

it('[C14] [D1] [D5] 150 sessions in the middle of model calls resume with bounded parallelism and pace', async (t) => {
  const answering = Promise.withResolvers<void>();
  const { daemon, server } = await thinkingDaemon(
    t,
    () => ({ text: 'here', hold: answering.promise }),
    ({ url }) => ({
      providers: {
        far: { type: 'openai-compatible', baseUrl: `${url}/v1`, concurrency: AT_ONCE },
      },
      limits: { resumeConcurrency: 4, turns: 1_000 },
      handover: { modelGrace: '100ms' },
    }),
  );
  const { client } = daemon;
  const names = Array.from({ length: SESSIONS }, (_, index) => `many/${index}`);
  await Promise.all(names.map((name) => client.sendMessage(name, { text: 'go', id: 'a' })));
  await server.waitUntil(({ running }) => running === AT_ONCE);

  await daemon.killAll();
  await server.waitUntil(({ running }) => running === 0);
  const resumed = daemon.waitForLog(({ msg }) => msg === 'generation:resumed');
  await daemon.startUp();
  await resumed;
  await server.waitUntil(({ running }) => running === AT_ONCE);
  expect(server.most).toBe(AT_ONCE);

  answering.resolve();
  const ends = await Promise.all(
    names.map((name) => client.sendAndWait(name, { text: 'and now?', id: 'b', mode: 'queue' }, 120)),
  );
  expect(new Set(ends.map((end) => ('outcome' in end ? end.outcome : 'none')))).toEqual(
    new Set(['answered']),
  );
  expect(server.most).toBe(AT_ONCE);
  // Four at once, then four per tenth of a second, whatever the speed of the machine.
  const begun = daemon.log.filter(({ msg, generation }) => msg === 'session:resumed' && generation === 2);
  expect(new Set(begun.map(({ session }) => session)).size).toBe(SESSIONS);
  const at = begun.map(({ time }) => Date.parse(String(time)));
  expect(Math.max(...at) - Math.min(...at)).toBeGreaterThan((SESSIONS / 4 - 2) * 95);
  expect((await client.getStatus()).sessions).toMatchObject({
    idle: SESSIONS,
    running: 0,
    queued: 0,
    quarantined: 0,
  });
});
