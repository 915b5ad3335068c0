import { expect, it } from 'vitest';
import { thinkingDaemon } from '../../support/handovers.ts';
import { Midturn, midturn } from '../cli/midturn.ts';

it('[C11] a running handover is visible; a client that waits for one is told at once when a stop overtakes it; the next start still shows it', async (t) => {
  const answer = Promise.withResolvers<void>();
  const { daemon, server } = await thinkingDaemon(
    t,
    () => ({ hold: answer.promise, text: 'thought' }),
    () => ({ handover: { modelGrace: '40s', toolGrace: '40s', drainCap: '50s' } }),
  );
  const { client, home } = daemon;
  await client.sendMessage('thinks', { text: 'think', id: 'a' });
  await server.waitUntil(({ running }) => running === 1);

  const running = new Midturn(home.root, ['restart', '--wait']);
  await running.until(/thinks {2}running \(model call 1\)\n/);
  const shown = async () => (await midturn(home.root, ['status'])).stdout;
  await expect.poll(shown, { timeout: 20_000 }).toMatch(/^ +thinks {2}running \(model call 1\)$/m);
  expect(await shown()).toMatch(/^phases +\+0\.0 s {2}wanted\n[\s\S]*\+\d+\.\d s {2}draining\n/m);
  const waiting = new Midturn(home.root, ['restart', '--wait']);
  await waiting.until(/wanted\n/);

  const gone = daemon.waitForLog(({ msg }) => msg === 'test:exit');
  const stopping = daemon.waitForLog(
    ({ msg, generation }) => msg === 'generation:draining' && generation === 2,
  );
  await client.stop('the test');
  await stopping;
  answer.resolve();
  await gone;
  expect(await waiting.ended).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^midturn: Handover 3 failed: the daemon was stopped: the test\. /),
  });
  expect(await running.ended).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/, so the restart \(handover 2, last seen `done`\) cannot /),
  });

  await daemon.startUp();
  expect((await client.getStatus()).handover).toMatchObject({ id: '4', cause: 'stop', phase: 'done' });
  expect(await shown()).toMatch(/^handover +4: stop \(the test\), done in .*; generation 2 has exited/m);
});
