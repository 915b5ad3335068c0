import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { waitForClosedInput, waitForEvent, waitForLogLine } from '../../crash/stage.ts';
import { inPlace } from '../../support/saves.ts';
import { midturn } from '../cli/midturn.ts';
import { soon, textOf, upWithGood } from './stage.ts';

const instructed = (instructions: string, more: object = {}) =>
  textOf({ agents: { main: { model: 'scripted/echo', instructions } }, handover: { trial: '0ms' }, ...more });

it.concurrent('[E14] [E15] revisions are kept, compared and gone back to, and each step names the one that it ran under', async (t) => {
  const daemon = await upWithGood(t, {});
  const { client, home } = daemon;
  const say = async (id: string) => {
    await client.sendMessage('s', { text: 'hi', id });
    await waitForClosedInput(daemon, 's', id);
  };
  await say('m1');
  inPlace(home.config, instructed('Be brief.'));
  await waitForLogLine(daemon, { msg: 'config:good', revision: 2 });
  await say('m2');
  const commented = `// what we liked\n${instructed('Be thorough.', { listen: 'localhost:0' })}`;
  inPlace(home.config, commented);
  await waitForLogLine(daemon, { msg: 'config:good', revision: 3 });
  await say('m3');
  const { events } = await client.readEvents('s', { limit: 100 });
  const begun = events.flatMap((event) => (event.type === 'model_call_started' ? [event] : []));
  expect(begun.map(({ revision, generation }) => [revision, generation])).toEqual([
    [1, 1],
    [2, 1],
    [3, 2],
  ]);

  const cli = (...args: string[]) => midturn(home.root, args, { test: t });
  const history = await cli('config', 'history');
  expect(history.stdout).toMatch(
    /^ +3 +good, runs .*listen.*\n +2 +good .*agents\.main\.instructions\n +1 +good /m,
  );
  const diff = await cli('config', 'diff', '2', '3');
  expect(diff.stdout).toMatch(/^~ agents\.main\.instructions: "Be brief\." → "Be thorough\." \(live\)$/m);
  expect(diff.stdout).toMatch(/^~ listen: .* \(handover\)$/m);
  expect(await cli('config', 'rollback', '2')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Saved\. A new generation is taking over to apply it \(listen, /),
  });
  expect(readFileSync(home.config, 'utf8')).toBe(instructed('Be brief.'));
  await soon(t, () => client.getStatus()).toMatchObject({
    revision: { number: 4, state: 'good' },
    mode: 'normal',
  });

  // The history outlives the daemon, and a later one may go back to what an earlier one ran.
  await daemon.killAll();
  await daemon.startUp();
  expect((await client.config.listRevisions()).revisions.map(({ number }) => number)).toEqual([4, 3, 2, 1]);
  expect(await cli('config', 'rollback', '3')).toMatchObject({ code: 0 });
  expect(readFileSync(home.config, 'utf8')).toBe(commented);
  await soon(t, () => client.getStatus()).toMatchObject({ revision: { number: 5 } });
  await say('m4');
  const step = await waitForEvent(
    daemon,
    's',
    (event) => event.type === 'model_call_started' && event.step > 3,
  );
  expect(step).toMatchObject({ revision: 5 });
});
