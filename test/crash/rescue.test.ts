import { rmSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { closed, homeWith, logged, scripted, upWith } from './stage.ts';

it.concurrent('[J3] a generation that crashes at every boot ends in rescue mode; once mended, a restart ends it', async (t) => {
  const daemon = homeWith(t, scripted([{ text: 'Heard {input}.' }]));
  const { client, home } = daemon;
  writeFileSync(home.work, 'a file where the folder of the agents should be');
  await daemon.up();
  expect(daemon.log.find(({ msg }) => msg === 'generation:serving')).toMatchObject({ mode: 'rescue' });
  expect(daemon.log.filter(({ msg }) => msg === 'generation:crashed')).toHaveLength(5);
  expect(daemon.output).toContain('midturn: the generation cannot go on: EEXIST');

  expect(await client.status()).toMatchObject({
    mode: 'rescue',
    reasons: [expect.stringContaining('`midturn restart`')],
  });
  expect(await client.send('one', { id: 'a', text: 'hello' })).toMatchObject({ duplicate: false });
  expect((await client.status()).sessions).toMatchObject({ queued: 1, running: 0 });

  rmSync(home.work);
  await client.restart('mended');
  await logged(daemon, { msg: 'generation:serving', mode: 'normal' });
  expect(await closed(daemon, 'one', 'a')).toMatchObject({ outcome: 'answered' });
  expect(await client.status()).toMatchObject({ mode: 'normal', reasons: [], sessions: { idle: 1 } });
});

it.concurrent('[J3] a daemon that is told to restart with a configuration that it cannot use ends with 78 and says why', async (t) => {
  const daemon = await upWith(t, scripted([{ text: 'Heard {input}.' }]));
  daemon.configure({ agents: { main: { model: 'no-such-provider/x' } } });
  const exit = daemon.heard(({ msg }) => msg === 'test:exit');
  await daemon.client.restart('new configuration');
  expect(await exit).toMatchObject({ code: 78 });
  expect(daemon.output).toContain('no-such-provider');
});
