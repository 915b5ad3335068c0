import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import type { TestContext } from 'vitest';
import { expect, it } from 'vitest';
import { startTestDaemon, waitForClosedInput, waitForLogLine } from '../../crash/stage.ts';
import type { Daemon } from '../../support/daemon.ts';
import { PlayedModel } from '../../support/played-model.ts';
import { byRename, inPlace } from '../../support/saves.ts';
import { midturn } from '../cli/midturn.ts';
import { applied, handovers, soon, textOf, upWithGood } from './stage.ts';

const onTrial = (keys: object) => textOf({ handover: { trial: '1h' }, ...keys });

it.concurrent('[E10] when the generation crashes while a live change is on trial, the revision before runs again at once', async (t) => {
  const daemon = await upWithGood(t, { limits: { turns: 5 } });
  const { client, home } = daemon;
  const bad = onTrial({ limits: { turns: 6 } });
  inPlace(home.config, bad);
  await applied(daemon, 2);
  expect((await client.getStatus()).revision).toEqual({ number: 2, state: 'trial' });
  const from = daemon.log.length;
  await daemon.killGeneration();
  expect(await waitForLogLine(daemon, { msg: 'generation:started' }, from)).toMatchObject({ revision: 1 });
  const degraded = {
    mode: 'degraded',
    reasons: [
      expect.stringMatching(/^Revision 1, the last known good one, runs instead: .*killed by SIGKILL/),
    ],
    revision: { number: 1, state: 'good' },
    config: { problem: { message: expect.stringContaining('SIGKILL') } },
  };
  await soon(t, () => client.getStatus()).toMatchObject(degraded);
  expect(readFileSync(home.config, 'utf8')).toBe(bad);
  expect(await waitForLogLine(daemon, { msg: 'config:failed', revision: 2 }, from)).toMatchObject({
    level: 'error',
  });
  expect(await states(daemon)).toEqual({ 1: 'good', 2: 'failed' });
  expect((await midturn(home.root, ['status'], { test: t })).stdout).toMatch(/DEGRADED[\s\S]*SIGKILL/);

  // It has failed, and is not tried again when the same content is saved once more.
  const again = daemon.log.length;
  byRename(home.config, `// the same\n${bad}`);
  await waitForLogLine(daemon, { msg: 'config:looked', found: 'unusable' }, again);
  expect(await client.getStatus()).toMatchObject(degraded);
  // Nor because it was half-written for a moment, or away.
  for (const gap of [() => inPlace(home.config, bad.slice(0, -5)), () => rmSync(home.config)]) {
    const before = daemon.log.length;
    gap();
    await waitForLogLine(daemon, { msg: 'config:looked', found: 'unusable' }, before);
    const after = daemon.log.length;
    byRename(home.config, bad);
    expect(await waitForLogLine(daemon, { msg: 'config:looked' }, after)).toMatchObject({
      found: 'unusable',
    });
    expect(await client.getStatus()).toMatchObject(degraded);
  }
  byRename(home.config, onTrial({ limits: { turns: 7 } }));
  await applied(daemon, 3);
  expect(await client.getStatus()).toMatchObject({ mode: 'normal', reasons: [], revision: { number: 3 } });
});

it.concurrent('[E10] a failed trial after a handover restores the previous revision; work begun meanwhile continues', async (t) => {
  const model = await PlayedModel.open(t);
  const agent = {
    providers: { far: model.provider },
    agents: { main: { model: 'far/model', tools: { '*': 'allow' } } },
  };
  const daemon = await upWithGood(t, agent);
  const { client, home } = daemon;
  const bad = onTrial({ ...agent, listen: 'localhost:0' });
  const from = daemon.log.length;
  inPlace(home.config, bad);
  await waitForLogLine(daemon, { msg: 'handover:done', to: 2 }, from);
  await client.sendMessage('s', { text: 'begin', id: 'm1' });
  await model.nextCall();
  await daemon.killGeneration();
  await soon(t, () => client.getStatus()).toMatchObject({
    mode: 'degraded',
    reasons: [expect.stringMatching(/^Revision 1, the last known good one, runs instead: /)],
    generation: { number: 3 },
    revision: { number: 1, state: 'good' },
    handover: { cause: 'crash', from: 2, to: 3, revision: { from: 2, to: 1 } },
  });
  expect(readFileSync(home.config, 'utf8')).toBe(bad);
  await (await model.nextCall()).answer({ text: 'Here.' });
  expect(await waitForClosedInput(daemon, 's', 'm1')).toMatchObject({ outcome: 'answered' });
});

it.concurrent('[C10] [E10] a candidate that fails at boot leaves the old generation untouched until the operator asks again', async (t) => {
  const daemon = await upWithGood(t, {});
  const { client, home } = daemon;
  // Nothing that is in a configuration makes a generation fail once it was checked; what is around it may.
  rmSync(home.work, { recursive: true });
  writeFileSync(home.work, 'a file where the folder of the agents should be');
  const wanted = onTrial({ listen: 'localhost:0' });
  inPlace(home.config, wanted);
  expect(await waitForLogLine(daemon, { msg: 'handover:failed' })).toMatchObject({
    cause: 'config',
    failure: expect.stringMatching(/^the new generation exited with code 1/),
  });
  await untouched(t, daemon, /^Revision 1 is still active: .*exited with code 1/);
  expect(await client.sendAndWait('a', { text: 'hi' }, 30)).toMatchObject({ outcome: 'answered' });
  const cli = (...args: string[]) => midturn(home.root, args, { test: t });
  expect((await cli('status')).stdout).toMatch(/DEGRADED[\s\S]*exited with code 1/);
  expect((await cli('handovers')).stdout).toMatch(/^ +2 +config +failed/m);
  expect((await cli('config', 'history')).stdout).toMatch(/^ +2 +failed/m);
  expect(readFileSync(home.config, 'utf8')).toBe(wanted);

  rmSync(home.work);
  const again = daemon.log.length;
  byRename(home.config, wanted);
  await waitForLogLine(daemon, { msg: 'config:looked', found: 'unusable' }, again);
  await untouched(t, daemon, /^Revision 1 is still active: /);
  expect(await cli('restart', '--wait')).toMatchObject({ code: 0 });
  await soon(t, () => client.getStatus()).toMatchObject({
    mode: 'normal',
    revision: { number: 2, state: 'trial' },
    config: { problem: null },
  });
});

it.concurrent('[C10] an address in use does not stop the daemon; it is used once it is free and the operator asks', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const listen = `127.0.0.1:${(other.address() as AddressInfo).port}`;
  const daemon = await upWithGood(t, {});
  const { client, home } = daemon;
  inPlace(home.config, textOf({ listen }));
  await waitForLogLine(daemon, { msg: 'handover:failed' });
  await untouched(
    t,
    daemon,
    /^Revision 1 is still active: .*Cannot listen on 127\.0\.0\.1:\d+.*\(EADDRINUSE\)/,
  );
  await new Promise((resolve) => other.close(resolve));
  const { handover } = await client.restart('it is free now');
  await waitForLogLine(daemon, { msg: 'handover:done', handover });
  await soon(t, () => client.getStatus()).toMatchObject({ mode: 'normal', revision: { number: 2 } });
  expect((await fetch(`http://${listen}/healthz`)).status).toBe(200);
});

it.concurrent('[C9] changes during a handover are not lost: at its boot, and while the old generation still drains', async (t) => {
  const model = await PlayedModel.open(t);
  const config = (listen: string, turns: number) => ({
    listen,
    limits: { turns },
    providers: { far: model.provider },
    agents: { main: { model: 'far/model', tools: { '*': 'allow' } } },
  });
  const daemon = await startTestDaemon(t, config('127.0.0.1:0', 1));
  const { client, home } = daemon;
  await client.sendMessage('s', { text: 'begin', id: 'm1' });
  const first = await model.nextCall();
  const from = daemon.log.length;
  inPlace(home.config, textOf(config('localhost:0', 1)));
  await waitForLogLine(daemon, { msg: 'generation:started' }, from);
  // The candidate has been given the content before this one.
  inPlace(home.config, textOf(config('localhost:0', 3)));
  await waitForLogLine(daemon, { msg: 'generation:serving', generation: 2 }, from);
  await soon(t, () => running(daemon)).toContain('"turns": 3');
  await soon(t, async () => (await handovers(daemon)).at(-1)).toMatchObject({
    phase: 'draining',
    from: 1,
    to: 2,
  });
  // Another handover has to wait for the one that is under way.
  const last = textOf(config('127.0.0.1:0', 4));
  inPlace(home.config, last);
  await waitForLogLine(daemon, { msg: 'config:looked', found: 'changed' }, daemon.log.length);
  await first.answer({ text: 'Here.' });
  await waitForLogLine(daemon, { msg: 'generation:serving', generation: 3 }, from);
  await soon(t, () => running(daemon)).toBe(last);
  expect(await waitForClosedInput(daemon, 's', 'm1')).toMatchObject({ outcome: 'answered' });
  await soon(t, () => handovers(daemon)).toMatchObject([
    { from: 1, to: 2, phase: 'done' },
    { from: 2, to: 3, phase: 'done' },
  ]);
});

/** The first generation still serves with its revision, and everybody can see why. */
async function untouched(t: TestContext, { client }: Daemon, why: RegExp): Promise<void> {
  await soon(t, () => client.getStatus()).toMatchObject({
    mode: 'degraded',
    reasons: [expect.stringMatching(why)],
    generation: { number: 1 },
    revision: { number: 1, state: 'good' },
    config: { problem: { message: expect.stringMatching(/^revision 2 was given up: /) } },
    handover: { cause: 'config', phase: 'failed', from: 1 },
  });
}

async function states({ client }: Daemon): Promise<Record<number, string>> {
  const { revisions } = await client.config.listRevisions();
  return Object.fromEntries(revisions.map(({ number, state }) => [number, state]));
}

async function running({ client }: Daemon): Promise<string> {
  const { current } = await client.config.listRevisions();
  return (await client.config.getRevision(current)).source;
}
