import { rmSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  createScriptedAgent,
  createTestDaemon,
  startTestDaemon,
  waitForClosedInput,
  waitForLogLine,
} from './stage.ts';

it.concurrent('[J3] a generation that crashes at every boot enters rescue mode; after a fix, a restart ends it', async (t) => {
  const daemon = createTestDaemon(t, createScriptedAgent([{ text: 'Heard {input}.' }]));
  const { client, home } = daemon;
  writeFileSync(home.work, 'a file where the folder of the agents should be');
  await daemon.startUp();
  expect(daemon.log.find(({ msg }) => msg === 'generation:serving')).toMatchObject({ mode: 'rescue' });
  expect(daemon.log.filter(({ msg }) => msg === 'generation:crashed')).toHaveLength(5);
  expect(daemon.output).toContain('midturn: the generation cannot continue: EEXIST');

  expect(await client.getStatus()).toMatchObject({
    mode: 'rescue',
    reasons: [expect.stringContaining('`midturn restart`')],
  });
  expect(await client.sendMessage('one', { id: 'a', text: 'hello' })).toMatchObject({ duplicate: false });
  expect((await client.getStatus()).sessions).toMatchObject({ queued: 1, running: 0 });

  rmSync(home.work);
  await client.restart('mended');
  await waitForLogLine(daemon, { msg: 'generation:serving', mode: 'normal' });
  expect(await waitForClosedInput(daemon, 'one', 'a')).toMatchObject({ outcome: 'answered' });
  // A connection may still belong to the draining generation.
  await t.expect
    .poll(() => client.getStatus())
    .toMatchObject({ mode: 'normal', reasons: [], sessions: { idle: 1 } });
});

it.concurrent('[E7] a daemon that is told to restart with an invalid configuration continues with the active one', async (t) => {
  const daemon = await startTestDaemon(t, createScriptedAgent([{ text: 'Heard {input}.' }]));
  const { client } = daemon;
  daemon.writeConfig({ agents: { main: { model: 'no-such-provider/x' } } });
  await client.restart('new configuration');
  await waitForLogLine(daemon, { msg: 'generation:serving', generation: 2 });
  const answer = await client.sendAndWait('one', { id: 'a', text: 'hello' }, 30);
  expect(answer).toMatchObject({ outcome: 'answered', text: 'Heard hello.' });
  expect(await client.getStatus()).toMatchObject({
    mode: 'degraded',
    reasons: [expect.stringContaining('no-such-provider')],
    revision: { number: 1 },
  });
});

it.concurrent('[E9] a daemon that starts with an invalid configuration answers, accepts, and runs sessions once it is fixed', async (t) => {
  const daemon = createTestDaemon(t, { agents: { main: { model: 'no-such-provider/x' } } });
  const { client } = daemon;
  await daemon.startUp();
  expect(await client.getStatus()).toMatchObject({
    mode: 'rescue',
    reasons: [expect.stringMatching(/^No session runs until the file is fixed: midturn\.jsonc:1:\d+/)],
  });
  await client.sendMessage('one', { id: 'a', text: 'hello' });
  daemon.writeConfig(createScriptedAgent([{ text: 'Heard {input}.' }]));
  expect(await waitForClosedInput(daemon, 'one', 'a')).toMatchObject({ outcome: 'answered' });
  await t.expect.poll(() => client.getStatus()).toMatchObject({ mode: 'normal', reasons: [] });
});

it.concurrent('[E8] a daemon that starts with an invalid configuration runs the last good one', async (t) => {
  const good = { ...createScriptedAgent([{ text: 'Heard {input}.' }]), handover: { trial: '0ms' } };
  const daemon = await startTestDaemon(t, good);
  await waitForLogLine(daemon, { msg: 'config:good' });
  await daemon.shutDown();
  daemon.writeConfig({ agents: { main: { model: 'no-such-provider/x' } } });
  await daemon.startUp();
  expect(await daemon.client.sendAndWait('a', { text: 'this' }, 20)).toMatchObject({ text: 'Heard this.' });
  await t.expect
    .poll(() => daemon.client.getStatus())
    .toMatchObject({ mode: 'degraded', revision: { number: 1, state: 'good' } });
});
