import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { expect, it } from 'vitest';
import { createTestDaemon, waitForClosedInput } from '../../crash/stage.ts';
import type { Daemon } from '../../support/daemon.ts';
import { requestJson } from '../../support/http-request.ts';
import { midturn } from '../cli/midturn.ts';
import { soon, textOf } from './stage.ts';

/** Valid, and easily told from others. */
const MENDED = textOf({ limits: { turns: 7 } });
/** Valid JSON with an invalid value, so that a patch can fix it. */
const WRONG = textOf({ limits: { turns: 'many' } });

/** A daemon that was started with this content, for the first time in its home, and a message that waits. */
async function inRescue(t: TestContext, content: string): Promise<Daemon> {
  const daemon = createTestDaemon(t, {});
  writeFileSync(daemon.home.config, content);
  await daemon.startUp();
  expect(daemon.log.find(({ msg }) => msg === 'generation:serving')).toMatchObject({ mode: 'rescue' });
  await daemon.client.sendMessage('waiting', { text: 'anybody?', id: 'm1' });
  return daemon;
}

/** The message that waited is answered, and the daemon is as if nothing had been. */
async function healed(t: TestContext, daemon: Daemon): Promise<void> {
  expect(await waitForClosedInput(daemon, 'waiting', 'm1')).toMatchObject({ outcome: 'answered' });
  await soon(t, () => daemon.client.getStatus()).toMatchObject({
    mode: 'normal',
    reasons: [],
    config: { problem: null },
    sessions: { idle: 1, queued: 0 },
  });
}

/** The command line on this daemon's home. */
function cli(test: TestContext, { home }: Daemon, ...args: string[]) {
  return midturn(home.root, args, { test });
}

it.concurrent('[E9] without any good configuration the daemon answers on loopback and its socket, accepts messages, and a PUT fixes it', async (t) => {
  const daemon = await inRescue(t, '{ "limits": { "turns": 5 ');
  const { client, home } = daemon;
  const address = String(daemon.log.find(({ msg }) => msg === 'supervisor:listening')?.['address']);
  expect(address).toMatch(/^127\.0\.0\.1:/);
  const found = {
    mode: 'rescue',
    reasons: [expect.stringMatching(/^No session runs until the file is fixed: midturn\.jsonc:1:/)],
    config: { problem: { problems: expect.arrayContaining([expect.objectContaining({ line: 1 })]) } },
    sessions: { queued: 1, running: 0 },
  };
  await soon(t, () => client.getStatus()).toMatchObject(found);
  const overTcp = await requestJson(`http://${address}/v1/status`, 'GET');
  expect(overTcp).toMatchObject({ status: 200, body: found });
  expect(await requestJson(`http://${address}/healthz`, 'GET')).toMatchObject({ status: 200 });
  expect(await requestJson(`http://${address}/readyz`, 'GET')).toMatchObject({ status: 503 });
  expect(readFileSync(home.config, 'utf8')).toBe('{ "limits": { "turns": 5 ');
  const { hash } = await client.config.show();
  await expect(client.config.replace('{ "limits": ', hash)).rejects.toMatchObject({ code: 'config_invalid' });
  expect(await client.config.replace(MENDED, hash)).toMatchObject({
    applied: 'handover',
    hash: expect.any(String),
  });
  await healed(t, daemon);
  expect(readFileSync(home.config, 'utf8')).toBe(MENDED);
});

it.concurrent('[E9] a PATCH fixes a value that is invalid', async (t) => {
  const daemon = await inRescue(t, WRONG);
  expect(await daemon.client.config.patch({ limits: { turns: 7 } })).toMatchObject({ applied: 'handover' });
  await healed(t, daemon);
  expect(readFileSync(daemon.home.config, 'utf8')).toBe(MENDED);
});

it.concurrent('[E9] the command line shows what is wrong, and fixes it', async (t) => {
  const daemon = await inRescue(t, WRONG);
  const status = await cli(t, daemon, 'status');
  expect(status.stdout).toMatch(/^midturn +\S+, RESCUE\n/);
  expect(status.stdout).toMatch(/midturn\.jsonc:\d+:\d+ limits\.turns: /);
  expect((await cli(t, daemon, 'config', 'show')).stdout).toBe(WRONG);
  const check = await cli(t, daemon, 'config', 'check');
  expect(check.code).toBe(78);
  expect(check.stdout + check.stderr).toMatch(/midturn\.jsonc:\d+:\d+ limits\.turns: /);
  const set = await cli(t, daemon, 'config', 'set', 'limits.turns', '7');
  expect(set).toMatchObject({ code: 0, stderr: '' });
  await healed(t, daemon);
  expect(readFileSync(daemon.home.config, 'utf8')).toBe(MENDED);
});

it.concurrent('[E9] an editor fixes a file that is not JSON', async (t) => {
  const daemon = await inRescue(t, MENDED.replace('"turns": 7', '"turns" 7'));
  const editor = join(daemon.home.root, 'editor.mjs');
  writeFileSync(
    editor,
    `import { readFileSync, writeFileSync } from 'node:fs';
    const file = process.argv.at(-1);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"turns" 7', '"turns": 7'));`,
  );
  const edited = await midturn(daemon.home.root, ['config', 'edit'], {
    input: 'y\n',
    test: t,
    env: { VISUAL: `${process.execPath} ${editor}`, TMPDIR: daemon.home.root },
  });
  expect(edited).toMatchObject({ code: 0 });
  await healed(t, daemon);
  expect(readFileSync(daemon.home.config, 'utf8')).toBe(MENDED);
});

it.concurrent('[E9] a rollback works with any file, and says so when there is nothing to go back to', async (t) => {
  const daemon = await inRescue(t, '{');
  expect(await cli(t, daemon, 'config', 'rollback', '1')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('There is no revision 1 of the configuration'),
  });
  writeFileSync(daemon.home.config, MENDED);
  await healed(t, daemon);
  await daemon.killAll();
  writeFileSync(daemon.home.config, '{');
  await daemon.startUp();
  await soon(t, () => daemon.client.getStatus()).toMatchObject({ mode: 'degraded', revision: { number: 1 } });
  expect((await cli(t, daemon, 'config', 'history')).stdout).toMatch(/^ +1 +trial, runs/m);
  expect(await cli(t, daemon, 'config', 'rollback', '1')).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(daemon.home.config, 'utf8')).toBe(MENDED);
  await soon(t, () => daemon.client.getStatus()).toMatchObject({ mode: 'normal', revision: { number: 1 } });
});
