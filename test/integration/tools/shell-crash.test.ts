import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { shellBench } from './shell-bench.ts';
import type { Order } from './shell-child.ts';

/** Command with a side effect that still runs when the crash comes, and that prints before and after it. */
const COMMAND = 'echo ran >> effects; echo begun; sleep 0.4; echo done; exit 5';

const EXPECTED = 'text: begun\ndone\n[exit status 5]';

async function benchWithJobFolder() {
  const bench = await shellBench();
  const key = `-${crypto.randomUUID()}`;
  await mkdir(join(bench.jobsDir, key), { recursive: true });
  await mkdir(bench.cwd);
  return { ...bench, key, order: { jobsDir: bench.jobsDir, cwd: bench.cwd, key, command: COMMAND } };
}

describe('when a process that follows a job is killed', () => {
  it.each(['output', 'job.json', 'host', 'exit.tmp', 'exit'])(
    '[F3] the job runs once if the kill comes when %s appears',
    async (dieAt) => {
      const { run, file, key, order } = await benchWithJobFolder();
      const victim = await child({ ...order, dieAt });
      await once(victim, 'exit');
      expect(victim.signalCode).toBe('SIGKILL');
      expect(await run(key, { command: COMMAND })).toBe(EXPECTED);
      expect(await file('effects')).toBe('ran\n');
    },
  );

  it('[F3] the job runs once if the kills come at random moments', async () => {
    for (let delay = 0; delay < 60; delay += 10) {
      const { run, file, key, order } = await benchWithJobFolder();
      for (const extra of [0, 7]) {
        const victim = await child(order);
        await pause(delay + extra);
        victim.kill('SIGKILL');
        await once(victim, 'exit');
      }
      expect(await run(key, { command: COMMAND })).toBe(EXPECTED);
      expect(await file('effects')).toBe('ran\n');
    }
  });

  it('[F3] the next process continues to end the job', async () => {
    const { start, run, processes, key, jobsDir, order } = await benchWithJobFolder();
    const stubborn = "trap '' TERM; while :; do sleep 1; done";
    const victim = await child({ ...order, command: stubborn, dieAt: 'stop' });
    await once(victim, 'message');
    victim.send('cancel');
    await once(victim, 'exit');
    expect(victim.signalCode).toBe('SIGKILL');
    expect(await readdir(join(jobsDir, key))).not.toContain('exit');
    expect(await run(key, { command: stubborn })).toMatch(/^error-text: \[Cancelled;/);
    expect(await processes(key)).toBe(0);
    expect(await start(key, { command: stubborn }).output).toContain('Cancelled');
  });

  it('[F3] two processes that follow the same job run it once and report the same end', async () => {
    const { run, file, key, order } = await benchWithJobFolder();
    const other = await child(order);
    const output = once(other, 'message');
    const mine = run(key, { command: COMMAND });
    expect((await output)[0]).toMatchObject({ output: { value: 'begun\ndone\n[exit status 5]' } });
    expect(await mine).toBe(EXPECTED);
    expect(await file('effects')).toBe('ran\n');
  });
});

/** Starts a child process and sends it its order; the child is killed when the test ends. */
async function child(order: Order) {
  const started = fork(join(import.meta.dirname, 'shell-child.ts'));
  onTestFinished(() => {
    started.kill('SIGKILL');
  });
  await once(started, 'message');
  started.send(order);
  return started;
}
