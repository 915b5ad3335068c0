import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readHandoverReport } from '../../src/supervisor/handover/reports.ts';
import { findLastState, getAnswer, startSupervisor, temporaryHome } from './supervisor-harness.ts';

describe('a daemon whose file is broken at its start', () => {
  it('[E8] runs the revision that was on trial at the stop when no revision has become good yet', async () => {
    const first = await startSupervisor();
    expect((await getAnswer(first.address)).boot.config.revision).toBe(1);
    first.signals.emit('SIGTERM');
    await first.exit;
    writeFileSync(first.home.config, '{ "listen" 5 }');
    const { home } = first;
    const { address } = await startSupervisor([], { home });
    const answer = await getAnswer(address);
    expect(answer.boot).toMatchObject({ mode: 'normal', config: { revision: 1 } });
    expect(findLastState(answer)).toMatchObject({
      mode: 'degraded',
      reasons: [
        expect.stringMatching(/^Revision 1, the last one that ran, runs instead: midturn\.jsonc:1:12/),
      ],
    });
  });

  it('[E9] serves in rescue mode when there is no revision, on a free port when its own is taken', async (t) => {
    const taken = createServer().listen(7717, '127.0.0.1');
    // It does not matter if another process has taken the port already.
    await new Promise((resolve) => taken.on('listening', resolve).on('error', resolve));
    t.onTestFinished(() => void taken.close());
    const home = temporaryHome();
    writeFileSync(home.config, '{ "listen" 5 }');
    const { address } = await startSupervisor([], { home });
    expect(address).toMatch(/^127\.0\.0\.1:(?!7717$)\d+$/);
    expect((await getAnswer(address)).boot.mode).toBe('rescue');
  });
});

it('[C10] ignores "serving" from a generation that was killed for being late', async () => {
  const bootLimit = 2_000;
  const home = temporaryHome(['is-restarted-at-once']);
  const began = performance.now();
  const { events } = await startSupervisor([], { home, bootLimit });
  // Timers run next, before any message is read.
  while (!existsSync(join(home.root, 'about-to-serve'))) await new Promise(setImmediate);
  writeFileSync(join(home.root, 'busy'), '');
  // Blocks this process, in which the supervisor runs, until the boot limit has passed and the message has been
  // sent.
  while (performance.now() < began + bootLimit + 500 || existsSync(join(home.root, 'busy')));
  await events.next('handover:done', { cause: 'start' });
  expect(readHandoverReport(home, '1')).toMatchObject({ cause: 'start', phase: 'done', to: 2 });
});
