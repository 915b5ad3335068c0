import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startTestDaemon, waitForLogLine } from '../../crash/stage.ts';
import { byRename, inPlace } from '../../support/saves.ts';
import { midturn } from '../cli/midturn.ts';
import { applied, soon, textOf, upWithGood } from './stage.ts';

const env = (name: string) => `$\{env:${name}}`;
const file = (path: string) => `$\{file:${path}}`;
const instructed = (instructions: string) => ({ agents: { main: { model: 'scripted/echo', instructions } } });

/** Contents that cannot be used, and what is said about them. */
const BROKEN = [
  ['broken JSON', '{\n  "limits": { "turns": 5 \n', { line: 3, column: 1 }, /midturn\.jsonc:3:1: /],
  [
    'a wrong type',
    '{\n  "limits": {\n    "turns": "many"\n  }\n}\n',
    { path: 'limits.turns', line: 3, column: 14 },
    /midturn\.jsonc:3:14 limits\.turns: /,
  ],
  [
    'an unknown key',
    '{\n  "agents": { "main": { "modle": "scripted/echo" } }\n}\n',
    { path: 'agents.main.modle', line: 2, column: 25, hint: 'did you mean "model"?' },
    /midturn\.jsonc:2:25 agents\.main\.modle: unknown key; did you mean "model"\?/,
  ],
] as const;

it.concurrent('[E7] a broken file changes nothing; status, log and command line say what is wrong, where and since when', async (t) => {
  const daemon = await startTestDaemon(t, instructed('Be brief.'));
  const { client, home } = daemon;
  const reports = () => daemon.log.filter(({ msg }) => msg === 'config:broken');
  for (const [index, [, content, place, words]] of BROKEN.entries()) {
    const [from, began] = [daemon.log.length, Date.now()];
    byRename(home.config, content);
    const { problems } = await waitForLogLine(daemon, { msg: 'config:broken' }, from);
    expect(problems).toContainEqual(expect.objectContaining(place));
    await soon(t, () => client.getStatus()).toMatchObject({
      mode: 'degraded',
      revision: { number: 1 },
      reasons: [expect.stringMatching(/^Revision 1 is still active: midturn\.jsonc:/)],
      config: { problem: { problems: expect.arrayContaining([expect.objectContaining(place)]) } },
    });
    const { since } = (await client.getStatus()).config.problem ?? { since: 0 };
    expect(since).toBeGreaterThanOrEqual(began);
    const told = await midturn(home.root, ['status'], { test: t });
    expect(told.stdout).toMatch(words);
    expect(told.stdout).toMatch(/midturn\.jsonc became invalid .*; revision 1 is still active/);
    // The same content once more is no news.
    const again = daemon.log.length;
    byRename(home.config, content);
    await waitForLogLine(daemon, { msg: 'config:looked', found: 'unusable' }, again);
    expect(reports()).toHaveLength(index + 1);
    expect((await client.getStatus()).config.problem?.since).toBe(since);
  }
  expect(await client.sendAndWait('a', { text: 'hi' }, 30)).toMatchObject({ outcome: 'answered' });
  inPlace(home.config, textOf(instructed('Be brief.')));
  await soon(t, () => client.getStatus()).toMatchObject({
    mode: 'normal',
    reasons: [],
    revision: { number: 1 },
    generation: { number: 1 },
    config: { problem: null },
  });
  inPlace(home.config, textOf(instructed('Be thorough.')));
  await applied(daemon, 2);
});

it.concurrent('[E8] a daemon that starts with a broken file runs the last known good one and leaves the file as it is', async (t) => {
  const daemon = await upWithGood(t, instructed('Be brief.'));
  const { client, home } = daemon;
  const good = readFileSync(home.config, 'utf8');
  const broken = good.replace('"instructions"', '"instuctions"');
  await daemon.shutDown();
  writeFileSync(home.config, broken);
  await daemon.startUp();
  const pid = daemon.supervisorPid;
  await soon(t, () => client.getStatus()).toMatchObject({
    mode: 'degraded',
    reasons: [expect.stringMatching(/^Revision 1, the last known good one, runs instead: midturn\.jsonc:1:/)],
    revision: { number: 1, state: 'good' },
    config: { problem: { problems: [{ path: 'agents.main.instuctions' }] } },
  });
  expect(await client.sendAndWait('a', { text: 'hi' }, 30)).toMatchObject({ outcome: 'answered' });
  expect(readFileSync(home.config, 'utf8')).toBe(broken);
  inPlace(home.config, good.replace('Be brief.', 'Be thorough.'));
  expect(await applied(daemon, 2)).toMatchObject({ keys: ['agents.main.instructions'] });
  expect(await client.getStatus()).toMatchObject({ mode: 'normal', revision: { number: 2 } });
  expect(daemon.supervisorPid).toBe(pid);
  expect((await client.getStatus()).generation.number).toBe(2);
});

it.concurrent('[E8] the same when what the file refers to is missing; that alone heals it when it is there', async (t) => {
  const daemon = await upWithGood(t, instructed('Be brief.'));
  const { client, home } = daemon;
  await daemon.killAll();
  const secret = join(home.root, 'secrets', 'words');
  daemon.writeConfig({ ...instructed(file('secrets/words')), limits: { turns: 9 } });
  const content = readFileSync(home.config, 'utf8');
  await daemon.startUp();
  await soon(t, () => client.getStatus()).toMatchObject({
    mode: 'degraded',
    reasons: [expect.stringContaining('there is no such file')],
    revision: { number: 1, state: 'good' },
  });
  mkdirSync(join(home.root, 'secrets'));
  writeFileSync(secret, 'Be thorough.\n');
  expect((await applied(daemon, 2))['keys']).toContain('agents.main.instructions');
  expect(await client.getStatus()).toMatchObject({ mode: 'normal', config: { problem: null } });
  expect(readFileSync(home.config, 'utf8')).toBe(content);
});

it.concurrent('[E8] the same when the environment lacks a variable, until the daemon is started with it', async (t) => {
  const daemon = await upWithGood(t, instructed('Be brief.'));
  const { client } = daemon;
  await daemon.killAll();
  daemon.writeConfig(instructed(env('MIDTURN_TEST_WORDS')));
  await daemon.startUp();
  await soon(t, () => client.getStatus()).toMatchObject({
    mode: 'degraded',
    reasons: [expect.stringContaining('the environment has no MIDTURN_TEST_WORDS')],
  });
  await daemon.shutDown();
  await daemon.startUp({ MIDTURN_TEST_WORDS: 'Be thorough.' });
  await soon(t, () => client.getStatus()).toMatchObject({ mode: 'normal', revision: { number: 2 } });
});

it.concurrent('[E8] a configuration that survived its trial is the last known good one, after a power cut too', async (t) => {
  const daemon = await upWithGood(t, instructed('Be brief.'));
  const { client, home } = daemon;
  inPlace(home.config, textOf({ ...instructed('Be thorough.'), handover: { trial: '200ms' } }));
  await waitForLogLine(daemon, { msg: 'config:good', revision: 2 });
  inPlace(home.config, textOf({ ...instructed('Be brilliant.'), handover: { trial: '1h' } }));
  await applied(daemon, 3);
  await daemon.killAll();
  writeFileSync(home.config, '{');
  await daemon.startUp();
  await soon(t, () => client.getStatus()).toMatchObject({
    mode: 'degraded',
    revision: { number: 2, state: 'good' },
  });
});
