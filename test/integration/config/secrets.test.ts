import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { expect, it } from 'vitest';
import { createTestDaemon, waitForClosedInput, waitForLogLine } from '../../crash/stage.ts';
import type { Daemon } from '../../support/daemon.ts';
import { PlayedModel } from '../../support/played-model.ts';
import { byRename } from '../../support/saves.ts';
import { midturn } from '../cli/midturn.ts';
import { applied } from './stage.ts';

const file = (path: string) => `$\{file:${path}}`;
const KEYS = ['the-first-secret-key', 'the-second-secret-key'] as const;

it.concurrent('[E13] a rotated secret is used from the next call on, the running turn is not affected, and no client sees it', async (t) => {
  const model = await PlayedModel.open(t);
  const daemon = await upWithSecret(t, model);
  const { client, home } = daemon;
  await client.sendMessage('s', { text: 'begin', id: 'm1' });
  const first = await model.nextCall();
  expect(first.authorization).toBe(`Bearer ${KEYS[0]}`);

  byRename(join(home.root, 'secrets', 'key'), `${KEYS[1]}\n`);
  expect(await applied(daemon, 2)).toMatchObject({ keys: ['providers.far.apiKey'] });
  await first.answer({ tools: [{ name: 'list_files', input: {} }] });
  const second = await model.nextCall();
  expect(second.authorization).toBe(`Bearer ${KEYS[1]}`);
  expect(await client.getStatus()).toMatchObject({ generation: { number: 1 }, revision: { number: 2 } });
  // Providers tend to repeat what they were sent.
  second.refuse(400, `we do not know ${KEYS[1]}, it was ${KEYS[0]} once`);
  expect(await waitForClosedInput(daemon, 's', 'm1')).toMatchObject({ outcome: 'failed' });
  const { handover } = await client.restart('to have a report');
  // What is in force already did not come with the restart.
  expect(await waitForLogLine(daemon, { msg: 'handover:done', handover })).toMatchObject({ keys: [] });
  for (const [where, text] of await everythingShown(t, daemon)) {
    for (const key of KEYS) expect(text, where).not.toContain(key);
  }
});

it.concurrent('[E13] a secret that goes missing changes nothing but the status', async (t) => {
  const model = await PlayedModel.open(t);
  const daemon = await upWithSecret(t, model);
  const { client, home } = daemon;
  const secret = join(home.root, 'secrets', 'key');
  writeFileSync(secret, '');
  await waitForLogLine(daemon, { msg: 'config:broken' });
  // The generation is told of it in the same moment as the log.
  await t.expect
    .poll(() => client.getStatus())
    .toMatchObject({
      mode: 'degraded',
      config: { problem: { problems: [{ path: 'providers.far.apiKey' }] } },
    });
  await client.sendMessage('s', { text: 'begin', id: 'm1' });
  const call = await model.nextCall();
  expect(call.authorization).toBe(`Bearer ${KEYS[0]}`);
  await call.answer({ text: 'Here.' });
  writeFileSync(secret, KEYS[1]);
  await applied(daemon, 2);
  await t.expect.poll(() => client.getStatus()).toMatchObject({ mode: 'normal' });
});

it.concurrent('[E13] nor does it for generations that begin meanwhile, instructions in files included', async (t) => {
  const model = await PlayedModel.open(t);
  const instructions = { file: 'main.md' };
  const daemon = await upWithSecret(t, model, { instructions });
  const { client, home } = daemon;
  rmSync(join(home.root, 'secrets'), { recursive: true });
  rmSync(join(home.root, 'main.md'));
  await waitForLogLine(daemon, { msg: 'config:broken' });
  await daemon.killGeneration();
  const { handover } = await client.restart('to have a third one');
  await waitForLogLine(daemon, { msg: 'handover:done', handover });
  await t.expect
    .poll(() => client.getStatus())
    .toMatchObject({ mode: 'degraded', generation: { number: 3 }, revision: { number: 1 } });
  await client.sendMessage('s', { text: 'begin', id: 'm1' });
  const call = await model.nextCall();
  expect(call.authorization).toBe(`Bearer ${KEYS[0]}`);
  expect(call.instructions).toBe('Be kind.');
  await call.answer({ text: 'Here.' });
});

async function upWithSecret(t: TestContext, model: PlayedModel, agent: object = {}): Promise<Daemon> {
  const daemon = createTestDaemon(t, {
    providers: { far: { ...model.provider, apiKey: file('secrets/key') } },
    agents: { main: { model: 'far/model', tools: { '*': 'allow' }, ...agent } },
  });
  mkdirSync(join(daemon.home.root, 'secrets'));
  writeFileSync(join(daemon.home.root, 'secrets', 'key'), `${KEYS[0]}\n`);
  writeFileSync(join(daemon.home.root, 'main.md'), 'Be kind.\n');
  await daemon.startUp();
  return daemon;
}

const PATHS = [
  'status',
  'config',
  'config/revisions',
  'config/revisions/1',
  'config/revisions/2',
  'config/diff?from=1&to=2',
  'handovers',
  'sessions/s',
  'sessions/s/messages',
  'sessions/s/events',
];

/** All that the daemon shows or keeps, with where it is. */
async function everythingShown(
  t: TestContext,
  { client, home, output }: Daemon,
): Promise<[string, string][]> {
  const shown: [string, string][] = [['the log', output]];
  for (const path of PATHS)
    shown.push([path, JSON.stringify(await client.sendRequest('GET', `/v1/${path}`))]);
  for await (const piece of client.exportSession('s')) shown.push(['the export', piece]);
  for (const args of [['status'], ['config', 'show'], ['config', 'history'], ['config', 'diff', '1', '2']]) {
    const { code, stdout, stderr } = await midturn(home.root, args, { test: t });
    expect(code, stderr).toBe(0);
    shown.push([args.join(' '), stdout]);
  }
  const kept = readdirSync(home.state, { recursive: true, withFileTypes: true }).filter((each) =>
    each.isFile(),
  );
  for (const { parentPath, name } of kept) shown.push([name, readFileSync(join(parentPath, name), 'latin1')]);
  expect(kept.map(({ name }) => name)).toEqual(expect.arrayContaining(['journal.db', '1.json']));
  return shown;
}
