import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listHandoverReports, readHandoverReport } from '../../src/supervisor/handover/reports.ts';
import { configFor } from '../fixtures/generations/behaviour.ts';
import {
  findLastState,
  getAnswer,
  getJson,
  NO_TRIAL,
  startSupervisor,
  stopSupervisor,
  TURNS,
} from './supervisor-harness.ts';

const fast = { stable: 30_000, firstDelay: 1, maxDelay: 4, rescueAfter: 5 };

describe('[J3] a generation that crashes', () => {
  it('is replaced at once; clients that connect meanwhile wait and are served', async () => {
    const { address, home, events } = await startSupervisor();
    const first = await getAnswer(address);
    await expect(getAnswer(address, '/crash')).rejects.toMatchObject({ code: 'ECONNRESET' });
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => getAnswer(index % 2 ? address : home.socket)),
    );
    const pids = new Set(answers.map(({ pid }) => pid));
    expect(pids.size).toBe(1);
    expect(pids).not.toContain(first.pid);
    expect(answers[0]?.boot).toMatchObject({ mode: 'normal', config: { revision: 1 } });
    expect(answers[0]?.heard.find(({ type }) => type === 'serve')).toMatchObject({
      alive: [],
      crashed: 1,
      notice: { id: '2', cause: 'crash', reason: 'generation 1 exited with code 9' },
    });
    expect(events.listEntries('generation:crashed')).toMatchObject([{ quickCrashes: 1, nextIn: 0 }]);
    expect(listHandoverReports(home)[0]).toMatchObject({ cause: 'crash', phase: 'done', from: 1, to: 2 });
  });

  it('runs in rescue mode after five quick crashes, and stays there until a restart', async () => {
    const { address, events, home, configure } = await startSupervisor(['crashes-at-boot'], {
      crashPolicy: fast,
    });
    const rescue = await getAnswer(address);
    expect(rescue.boot.mode).toBe('rescue');
    expect(findLastState(rescue)).toMatchObject({
      mode: 'rescue',
      reasons: [expect.stringContaining('code 7')],
    });
    expect(events.listEntries('generation:crashed').map(({ nextIn }) => nextIn)).toEqual([0, 1, 2, 4, 4]);
    expect(events.listEntries('supervisor:rescue')).toHaveLength(1);
    // The daemon has started once, however many generations that took.
    expect(listHandoverReports(home)).toMatchObject([{ cause: 'start', phase: 'done', to: 1 }]);
    await expect(getAnswer(address, '/crash')).rejects.toThrow();
    expect((await getAnswer(address)).boot.mode).toBe('rescue');
    configure([]);
    expect(await getJson(address, '/ask/restart')).toMatchObject({ what: 'restart' });
    await events.next('handover:done', { cause: 'restart' });
    const normal = await getAnswer(address);
    expect(normal.boot.mode).toBe('normal');
    await expect
      .poll(async () => findLastState(await getAnswer(address)))
      .toMatchObject({ mode: 'normal', reasons: [] });
  });

  it('leaves rescue mode when the configuration has changed, without a request', async () => {
    const { address, events, configure } = await startSupervisor(['crashes-at-boot'], { crashPolicy: fast });
    expect((await getAnswer(address)).boot.mode).toBe('rescue');
    configure([], { limits: { turns: 3 } });
    await events.next('handover:done', { cause: 'config' });
    expect((await getAnswer(address)).boot.mode).toBe('normal');
  });

  it('stays in rescue mode when the restart fails', async () => {
    const { address, events, signals } = await startSupervisor(['crashes-at-boot'], { crashPolicy: fast });
    const before = await getAnswer(address);
    signals.emit('SIGHUP');
    await events.next('handover:failed');
    const after = await getAnswer(address);
    expect(after.pid).toBe(before.pid);
    expect(findLastState(after)?.mode).toBe('rescue');
  });

  it.each(['SIGHUP', 'a changed file'])(
    'gets a fresh start by %s, also out of a long pause',
    async (what) => {
      const patient = { ...fast, firstDelay: 3_600_000, maxDelay: 3_600_000 };
      const { events, signals, configure } = await startSupervisor(['always-crashes'], {
        crashPolicy: patient,
      });
      await events.next('generation:crashed');
      await events.next('generation:crashed', { nextIn: 3_600_000 });
      if (what === 'SIGHUP') signals.emit('SIGHUP');
      else configure(['always-crashes'], { limits: { turns: 3 } });
      await events.next('generation:started', { mode: 'normal' });
      expect(await events.next('generation:crashed')).toMatchObject({ quickCrashes: 1 });
    },
  );

  it('never ends the supervisor, not even in rescue mode; it still stops when told to', async () => {
    const { events, signals, exit } = await startSupervisor(['always-crashes'], { crashPolicy: fast });
    for (let crash = 1; crash <= 8; crash += 1) await events.next('generation:crashed');
    signals.emit('SIGTERM');
    expect(await exit).toEqual({ exitCode: 0, reason: 'SIGTERM' });
  });

  it('is also a generation that hangs at boot: it is killed at the boot limit', async () => {
    const { events } = await startSupervisor(['hangs-at-boot'], { bootLimit: 1_000 });
    expect(await events.next('generation:crashed')).toMatchObject({
      end: expect.stringContaining('1000 ms'),
    });
  });

  it('is also a generation that has closed its IPC channel', async () => {
    const { events } = await startSupervisor(['closes-its-channel']);
    expect(await events.next('generation:crashed')).toMatchObject({
      end: 'was killed: it closed its IPC channel',
    });
  });

  it.each(['sickens', 'never-answers-health-checks'] as const)(
    'is also a generation that %s after a while',
    async (what) => {
      const healthPolicy = { limit: 200, every: 50, failures: 4, trial: { every: 50, failures: 2 } };
      const { events } = await startSupervisor([what], {
        healthPolicy,
        keys: { handover: { trial: '0ms' } },
      });
      const end =
        what === 'sickens'
          ? '4 health checks in a row failed, it answered /healthz with 503'
          : 'its health check failed';
      expect(await events.next('generation:crashed')).toMatchObject({ end: expect.stringContaining(end) });
    },
  );
});

describe('a crash of the serving generation while an earlier one drains', () => {
  it('is recovered at once; the next generation learns about the draining one and what it has reported', async () => {
    const { address, events, signals, home } = await startSupervisor(['has-sessions', 'never-drains']);
    const first = await getAnswer(address);
    signals.emit('SIGHUP');
    await events.nextSaid('left');
    await expect(getAnswer(address, '/crash')).rejects.toThrow();
    const told = async () => {
      const { heard } = await getAnswer(address);
      return heard.filter(({ type }) => ['serve', 'left', 'moved'].includes(type));
    };
    await expect.poll(told).toMatchObject([
      {
        type: 'serve',
        alive: [{ generation: 1, socket: first.boot.socket }],
        served: false,
        notice: { cause: 'crash' },
      },
      { type: 'left', generation: 1 },
    ]);
    process.kill(first.pid, 'SIGKILL');
    await events.next('handover:done', { handover: '2' });
    await expect
      .poll(async () => (await getAnswer(address)).heard)
      .toContainEqual({ type: 'gone', generation: 1 });
    expect(readHandoverReport(home, '3')).toMatchObject({ cause: 'crash', from: 2, to: 3, phase: 'done' });
  });

  it('while a candidate boots is recovered by the candidate', async () => {
    const { address, events, signals } = await startSupervisor();
    const first = await getAnswer(address);
    signals.emit('SIGHUP');
    await events.next('generation:started', { pid: first.pid });
    await events.next('generation:started');
    process.kill(first.pid, 'SIGKILL');
    await events.next('handover:done', { handover: '2' });
    expect((await getAnswer(address)).generation).toBe(2);
    expect(events.listEntries('generation:started')).toHaveLength(2);
  });
});

describe('a generation that exits with 78 before it serves', () => {
  it('[J6] ends the daemon with 78 at once when it is the first', async () => {
    const { exit, events, home } = await startSupervisor(['refuses']);
    expect(await exit).toEqual({ exitCode: 78, reason: 'the generation exited with code 78' });
    expect(events.listEntries('generation:started')).toHaveLength(1);
    expect(listHandoverReports(home)).toMatchObject([{ cause: 'start', phase: 'failed' }]);
  });

  it('[J3] is followed by rescue mode at once when another one has served', async () => {
    const { address, events, configure } = await startSupervisor();
    await getAnswer(address);
    configure(['refuses-to-run-sessions']);
    await looked(address);
    await expect(getAnswer(address, '/crash')).rejects.toThrow();
    const rescue = await getAnswer(address);
    expect(rescue.boot.mode).toBe('rescue');
    expect(findLastState(rescue)?.reasons).toEqual([expect.stringContaining('code 78')]);
    expect(events.listEntries('generation:started').map(({ mode }) => mode)).toEqual([
      'normal',
      'normal',
      'rescue',
    ]);
  });

  it('ends the daemon with 78 when rescue mode is refused too', async () => {
    const { address, events, exit, configure } = await startSupervisor();
    await getAnswer(address);
    configure(['refuses']);
    await looked(address);
    await expect(getAnswer(address, '/crash')).rejects.toThrow();
    expect(await exit).toMatchObject({ exitCode: 78 });
    expect(events.listEntries('generation:started').map(({ mode }) => mode)).toEqual([
      'normal',
      'normal',
      'rescue',
    ]);
  });
});

describe('[J9] a generation that exits with 75 before it serves', () => {
  it('is retried without limit, and runs sessions when the store can be opened', async () => {
    const { address, events, home } = await startSupervisor(['needs-space'], { crashPolicy: fast });
    await getAnswer(address);
    const full = join(home.root, 'disk-full');
    writeFileSync(full, '');
    await expect(getAnswer(address, '/crash')).rejects.toThrow();
    for (let outage = 1; outage <= 8; outage += 1) await events.next('journal:unavailable');
    rmSync(full);
    const answer = await getAnswer(address);
    expect(answer.boot.mode).toBe('normal');
    expect(findLastState(answer)).toMatchObject({ mode: 'normal', reasons: [] });
    expect(events.listEntries('journal:unavailable').slice(0, 4)).toMatchObject([
      { end: 'exited with code 75', nextIn: 1 },
      { nextIn: 2 },
      { nextIn: 4 },
      { nextIn: 4 },
    ]);
    expect(events.listEntries('generation:crashed')).toMatchObject([{ quickCrashes: 1 }]);
  });

  it('does not fail the configuration that is on trial', async () => {
    const first = await startSupervisor([], { keys: NO_TRIAL });
    await getAnswer(first.address);
    await first.events.next('config:good');
    await stopSupervisor(first);
    const { home } = first;
    writeFileSync(home.config, configFor(['needs-space'], TURNS));
    const full = join(home.root, 'disk-full');
    writeFileSync(full, '');
    const { address, events } = await startSupervisor([], { home, crashPolicy: fast });
    await events.next('journal:unavailable');
    rmSync(full);
    expect((await getAnswer(address)).boot).toMatchObject({ mode: 'normal', config: { revision: 2 } });
  });
});

/** Resolves when the supervisor has checked the configuration file. */
async function looked(address: string): Promise<void> {
  expect(await getJson(address, '/ask/reload')).toMatchObject({ what: 'reload', applied: 'none' });
}
