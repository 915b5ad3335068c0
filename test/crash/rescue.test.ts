import { rmSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { closed, homeWith, logged, scripted, upWith } from './stage.ts';

it.concurrent('[J3] a generation that crashes at every boot enters rescue mode; after a fix, a restart ends it', async (t) => {
  const daemon = homeWith(t, scripted([{ text: 'Heard {input}.' }]));
  const { client, home } = daemon;
  writeFileSync(home.work, 'a file where the folder of the agents should be');
  await daemon.up();
  expect(daemon.log.find(({ msg }) => msg === 'generation:serving')).toMatchObject({ mode: 'rescue' });
  expect(daemon.log.filter(({ msg }) => msg === 'generation:crashed')).toHaveLength(5);
  expect(daemon.output).toContain('midturn: the generation cannot continue: EEXIST');

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
  // A connection may still belong to the draining generation.
  await t.expect
    .poll(() => client.status())
    .toMatchObject({ mode: 'normal', reasons: [], sessions: { idle: 1 } });
});

it.concurrent('[E7] a daemon that is told to restart with an invalid configuration continues with the active one', async (t) => {
  const daemon = await upWith(t, scripted([{ text: 'Heard {input}.' }]));
  const { client } = daemon;
  daemon.configure({ agents: { main: { model: 'no-such-provider/x' } } });
  await client.restart('new configuration');
  await logged(daemon, { msg: 'generation:serving', generation: 2 });
  const answer = await client.sendAndWait('one', { id: 'a', text: 'hello' }, 30);
  expect(answer).toMatchObject({ outcome: 'answered', text: 'Heard hello.' });
  expect(await client.status()).toMatchObject({
    mode: 'degraded',
    reasons: [expect.stringContaining('no-such-provider')],
    revision: { number: 1 },
  });
});

it.concurrent('[E9] a daemon that starts with an invalid configuration answers, accepts, and runs sessions once it is fixed', async (t) => {
  const daemon = homeWith(t, { agents: { main: { model: 'no-such-provider/x' } } });
  const { client } = daemon;
  await daemon.up();
  expect(await client.status()).toMatchObject({
    mode: 'rescue',
    reasons: [expect.stringMatching(/^No session runs until the file is fixed: midturn\.jsonc:1:\d+/)],
  });
  await client.send('one', { id: 'a', text: 'hello' });
  daemon.configure(scripted([{ text: 'Heard {input}.' }]));
  expect(await closed(daemon, 'one', 'a')).toMatchObject({ outcome: 'answered' });
  await t.expect.poll(() => client.status()).toMatchObject({ mode: 'normal', reasons: [] });
});

it.concurrent('[E8] a daemon that starts with an invalid configuration runs the last good one', async (t) => {
  const good = { ...scripted([{ text: 'Heard {input}.' }]), handover: { trial: '0ms' } };
  const daemon = await upWith(t, good);
  await logged(daemon, { msg: 'config:good' });
  await daemon.down();
  daemon.configure({ agents: { main: { model: 'no-such-provider/x' } } });
  await daemon.up();
  expect(await daemon.client.sendAndWait('a', { text: 'this' }, 20)).toMatchObject({ text: 'Heard this.' });
  await t.expect
    .poll(() => daemon.client.status())
    .toMatchObject({ mode: 'degraded', revision: { number: 1, state: 'good' } });
});
