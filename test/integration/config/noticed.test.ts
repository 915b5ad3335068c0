import { unlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startTestDaemon, waitForClosedInput, waitForLogLine } from '../../crash/stage.ts';
import type { Daemon } from '../../support/daemon.ts';
import { PlayedModel } from '../../support/played-model.ts';
import {
  byRename,
  deletedAndMadeAgain,
  inPlace,
  likeKubernetes,
  likeVim,
  switchedVolume,
} from '../../support/saves.ts';
import { applied, handovers, soon, textOf } from './stage.ts';

const turns = (turns: number) => textOf({ limits: { turns } });

it.concurrent('[E1] every kind of save is noticed, each as one revision', async (t) => {
  const daemon = await startTestDaemon(t, {});
  const saves = [inPlace, byRename, likeVim, deletedAndMadeAgain, likeKubernetes, switchedVolume, byRename];
  for (const [index, save] of saves.entries()) {
    save(daemon.home.config, turns(100 + index));
    expect(await applied(daemon, index + 2)).toMatchObject({ keys: ['limits.turns'] });
    expect(await running(daemon)).toEqual({ number: index + 2, source: turns(100 + index) });
  }
  expect((await daemon.client.getStatus()).generation.number).toBe(1);
});

it.concurrent('[E1] a hundred saves in a second are one handover, and what runs is what the file says', async (t) => {
  const daemon = await startTestDaemon(t, {});
  let before = 0;
  for (let burst = 1; ; burst += 1) {
    const undisturbed = saveOften(daemon, burst);
    await soon(t, async () => (await running(daemon)).source).toContain(`"turns": ${burst * 100}\n`);
    await soon(t, async () => (await handovers(daemon)).every(({ phase }) => phase === 'done')).toBe(true);
    const count = (await handovers(daemon)).length - before;
    before += count;
    if (!undisturbed) continue;
    expect(count).toBe(1);
    break;
  }
});

it.concurrent('[E1] endless writes do not postpone a change until they end', async (t) => {
  const daemon = await startTestDaemon(t, {});
  const over = new AbortController();
  let count = 0;
  const writing = (async () => {
    for (; !over.signal.aborted; count += 1) {
      inPlace(daemon.home.config, turns(1 + count));
      await delay(40);
    }
  })();
  // The pause between two writes is shorter than the quiet that is waited for.
  await applied(daemon, 2);
  await applied(daemon, 3);
  over.abort();
  await writing;
  await soon(t, async () => (await running(daemon)).source).toBe(turns(count));
  expect(await handovers(daemon)).toEqual([]);
});

it.concurrent('[E1] a file that is half written is not used, not even when nothing is in it yet', async (t) => {
  const daemon = await startTestDaemon(t, { limits: { turns: 5 } });
  const { client, home } = daemon;
  for (const [index, half] of ['', '// what comes later\n', turns(7).slice(0, -3)].entries()) {
    const from = daemon.log.length;
    inPlace(home.config, half);
    await waitForLogLine(daemon, { msg: 'config:broken' }, from);
    await soon(t, () => client.getStatus()).toMatchObject({
      mode: 'degraded',
      revision: { number: index + 1 },
    });
    inPlace(home.config, turns(10 + index));
    expect(await applied(daemon, index + 2)).toMatchObject({ keys: ['limits.turns'] });
  }
  expect((await client.getStatus()).generation.number).toBe(1);
});

it.concurrent('[E2] comments, white space, order, other units and spelled-out defaults are no change', async (t) => {
  const daemon = await startTestDaemon(t, {
    agents: { main: { model: 'scripted/echo' } },
    handover: { drainCap: '60s' },
  });
  const saves = [
    `// a comment\n${textOf({ agents: { main: { model: 'scripted/echo' } }, handover: { drainCap: '60s' } })}`,
    textOf({ agents: { main: { model: 'scripted/echo' } }, handover: { drainCap: '1m' } }),
    textOf({ handover: { drainCap: '60s', trial: '30s' }, agents: { main: { model: 'scripted/echo' } } }),
    `{"agents":{"main":{"instructions":"","model":"scripted/echo"}},"listen":"127.0.0.1:0",
      "logging":{"level":"debug","format":"json"},}`,
  ];
  for (const save of saves) {
    const from = daemon.log.length;
    byRename(daemon.home.config, save);
    await waitForLogLine(daemon, { msg: 'config:looked', found: 'same' }, from);
    // What is kept as the revision is what the file says now.
    expect(await running(daemon)).toEqual({ number: 1, source: save });
  }
  expect(daemon.log.filter(({ msg }) => msg === 'config:applied')).toEqual([]);
  const { revisions } = await daemon.client.config.listRevisions();
  expect(revisions).toHaveLength(1);
  await daemon.killAll();
  await daemon.startUp();
  expect((await daemon.client.config.listRevisions()).revisions).toHaveLength(1);
});

it.concurrent('[E16] a file that is deleted changes nothing but the status, and heals when it is back', async (t) => {
  const daemon = await startTestDaemon(t, { limits: { turns: 5 } });
  const { client, home } = daemon;
  for (const [revision, back] of [
    [1, turns(5)],
    [2, turns(6)],
  ] as const) {
    const from = daemon.log.length;
    unlinkSync(home.config);
    await waitForLogLine(daemon, { msg: 'config:gone' }, from);
    await soon(t, () => client.getStatus()).toMatchObject({
      mode: 'degraded',
      reasons: ['The configuration file is gone. Revision 1 is still active.'],
    });
    expect(await client.sendAndWait('a', { text: 'hi' }, 30)).toMatchObject({ outcome: 'answered' });
    inPlace(home.config, back);
    await soon(t, () => client.getStatus()).toMatchObject({
      mode: 'normal',
      reasons: [],
      revision: { number: revision },
    });
  }
  expect((await client.getStatus()).generation.number).toBe(1);
});

it.concurrent('[E16] nor does it when the daemon is started again without it, open turns included', async (t) => {
  const model = await PlayedModel.open(t);
  const config = {
    providers: { far: model.provider },
    agents: { many: { model: 'far/model', tools: { '*': 'allow' } } },
  };
  const daemon = await startTestDaemon(t, config);
  const { client, home } = daemon;
  await client.sendMessage('s', { text: 'begin', id: 'm1' });
  await model.nextCall();
  const from = daemon.log.length;
  unlinkSync(home.config);
  await waitForLogLine(daemon, { msg: 'config:gone' }, from);
  await daemon.killAll();
  await daemon.startUp();
  expect(await client.getStatus()).toMatchObject({
    mode: 'degraded',
    reasons: [expect.stringMatching(/^The configuration file is gone\. Revision 1, .*, runs instead\.$/)],
    revision: { number: 1 },
  });
  await (await model.nextCall()).answer({ text: 'Here.' });
  expect(await waitForClosedInput(daemon, 's', 'm1')).toMatchObject({ outcome: 'answered' });
  inPlace(home.config, turns(5));
  await soon(t, () => client.getStatus()).toMatchObject({ mode: 'normal', revision: { number: 2 } });
});

/** The revision that runs, as it may be shown. */
async function running({ client }: Daemon) {
  const { current } = await client.config.listRevisions();
  const { number, source } = await client.config.getRevision(current);
  return { number, source };
}

/**
 * A hundred contents within a second, the last of which needs another generation. False when the machine was busy and
 * held it up for so long that the saves may not count as one.
 */
function saveOften({ home }: Daemon, burst: number): boolean {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  let longest = 0;
  let last = performance.now();
  for (let save = 1; save <= 100; save += 1) {
    const listen = (burst + Math.floor(save / 100)) % 2 === 0 ? 'localhost:0' : '127.0.0.1:0';
    inPlace(home.config, textOf({ listen, limits: { turns: (burst - 1) * 100 + save } }));
    Atomics.wait(pause, 0, 0, 8);
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }
  return longest < 150;
}
