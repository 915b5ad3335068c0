import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { TestClock } from '../../../test/support/clock.ts';
import { startEngine, testTool, toolCallPart } from '../../../test/support/engine.ts';
import { createTextContent } from '../../core/model/message.ts';
import { createJob, type JobRecord } from '../../tools/shell/job/job.ts';
import { resolveHome } from '../../util/home.ts';
import { removeUnneededJobs, startHousekeeping } from './housekeeping.ts';
import { idempotencyKey } from './session/perform.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const record: JobRecord = {
  format: 1,
  command: 'true',
  cwd: '/',
  interpreter: '/bin/sh',
  env: [],
  createdAt: 0,
  timeout: 1_000,
  createdUptime: 0,
  boot: 'of long ago',
};

/** Opens a generation with one idle session, and one session in a call that does not end. */
async function generation() {
  const clock = new TestClock('2030-01-01T12:00:00Z');
  const begun = Promise.withResolvers<void>();
  const work = testTool('work', (_, { session }) => {
    if (session === 'idle') return 'done';
    begun.resolve();
    return new Promise(() => {});
  });
  const script = [{ tools: [toolCallPart('work')] }, { text: 'done' }];
  const { journal, engine, runner, sessions, ask } = await startEngine({ clock, script, tools: [work] });
  await ask('idle', 'go');
  await sessions.sendMessage('working', { id: 'a', text: 'go' });
  await begun.promise;
  const home = resolveHome(mkdtempSync(join(tmpdir(), 'midturn-')));
  onTestFinished(() => rmSync(home.root, { recursive: true }));
  const parts = { runner, home };
  /**
   * Creates the folder of a job that ended long ago; without `session` it does not say which session it belongs
   * to.
   */
  const job = async (key: string, session?: string) => {
    const whose = session === undefined ? {} : { session };
    const { folder } = await createJob(home.jobs, key, { ...record, ...whose });
    const past = new Date(Date.now() - 8 * DAY);
    utimesSync(folder, past, past);
  };
  return { clock, journal, engine, runner, parts, job, jobs: () => readdirSync(home.jobs).sort() };
}

it('checks the job folders soon after a generation has started to serve, and daily from then on', async () => {
  const { clock, parts, job, jobs } = await generation();
  await job('first', 'idle');
  const stop = startHousekeeping(parts);
  await clock.advanceBy(5 * MINUTE);
  await expect.poll(jobs).toEqual([]);
  await job('second', 'idle');
  await clock.advanceBy(DAY);
  await expect.poll(jobs).toEqual([]);
  stop();
  expect(clock.timers).toBe(0);
});

it('keeps only the folders that an open session needs or may need', async () => {
  const { journal, parts, job, jobs } = await generation();
  const input = { kind: 'message', id: 'a', content: createTextContent('hello'), mode: 'queue' } as const;
  for (const session of ['damaged', 'elsewhere']) {
    await journal.deliver({ session, agent: 'main', input, at: 0 });
    await job(`of-${session}`, session);
  }
  await journal.markDamaged('damaged', 'of the test');
  const running = idempotencyKey(journal.store, 'working', '1.1');
  await job(running, 'working');
  await job('of-an-earlier-call', 'working');
  await job('of-nobody', 'removed');
  await job('of-idle', 'idle');
  expect((await removeUnneededJobs(parts)).sort()).toEqual(['of-an-earlier-call', 'of-idle', 'of-nobody']);
  expect(jobs()).toEqual([running, 'of-damaged', 'of-elsewhere'].sort());
});

it('keeps a job of an older release, which names no session, while any session may need it', async () => {
  const { journal, engine, runner, parts, job } = await generation();
  const input = { kind: 'message', id: 'a', content: createTextContent('hello'), mode: 'queue' } as const;
  await job('anybodys');
  await job(idempotencyKey(journal.store, 'working', '1.1'));
  await journal.deliver({ session: 'damaged', agent: 'main', input, at: 0 });
  await journal.markDamaged('damaged', 'of the test');
  expect(await removeUnneededJobs(parts)).toEqual([]);
  await journal.markDamaged('damaged', null);
  expect(await removeUnneededJobs(parts)).toEqual([]);
  engine.wakeSession('damaged');
  await runner.waitUntil(() => runner.liveSessions.has('damaged'));
  expect(await removeUnneededJobs(parts)).toEqual(['anybodys']);
});
