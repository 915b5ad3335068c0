import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { listHandoverReports } from '../../src/supervisor/handover/reports.ts';
import { configFor } from '../fixtures/generations/behaviour.ts';
import {
  findLastState,
  getAnswer,
  getJson,
  NO_TRIAL,
  startSupervisor,
  stopSupervisor,
  TURNS,
  temporaryHome,
} from './supervisor-harness.ts';

describe('[E7] a file that is broken while the daemon runs', () => {
  it('changes nothing; status and log report the problem, its position and its start once', async () => {
    const { address, events, home } = await startSupervisor();
    const before = await getAnswer(address);
    const broken = '{\n  "limits": { "turns": "many" }\n}';
    writeFileSync(home.config, broken);
    const { problems } = await events.next('config:broken');
    expect(problems).toMatchObject([{ path: 'limits.turns', line: 2, column: 24 }]);
    await expect
      .poll(async () => findLastState(await getAnswer(address)))
      .toMatchObject({
        mode: 'degraded',
        reasons: [expect.stringMatching(/^Revision 1 is still active: midturn\.jsonc:2:24 limits\.turns: /)],
        revision: { number: 1 },
        problem: {
          message: expect.stringContaining('limits.turns'),
          problems: [{ path: 'limits.turns', line: 2, column: 24 }],
          since: expect.closeTo(Date.now(), -4),
        },
      });
    for (let again = 0; again < 3; again += 1) {
      expect(await getJson(address, '/ask/reload')).toMatchObject({
        what: 'refused',
        message: expect.stringContaining('midturn.jsonc:2:24'),
      });
    }
    expect(events.listEntries('config:broken')).toHaveLength(1);
    writeFileSync(home.config, `${broken} `);
    await getJson(address, '/ask/reload');
    expect(events.listEntries('config:broken')).toHaveLength(2);
    // A crash while the file is broken: the active revision is started again.
    process.kill(before.pid, 'SIGKILL');
    await events.next('handover:done', { cause: 'crash' });
    expect((await getAnswer(address)).boot.config.revision).toBe(1);
    writeFileSync(home.config, configFor());
    await expect
      .poll(async () => findLastState(await getAnswer(address)))
      .toMatchObject({ mode: 'normal', problem: null });
  });

  it('does not prevent a requested restart; SIGHUP alone does not restart', async () => {
    const { address, events, home, signals } = await startSupervisor();
    await getAnswer(address);
    writeFileSync(home.config, 'what?');
    await events.next('config:broken');
    signals.emit('SIGHUP');
    expect(await getJson(address, '/ask/restart')).toEqual({ what: 'restart', handover: '2' });
    await events.next('handover:done', { handover: '2' });
    const after = await getAnswer(address);
    expect(after).toMatchObject({ generation: 2, boot: { config: { revision: 1 } } });
    expect(findLastState(after)?.mode).toBe('degraded');
    expect(listHandoverReports(home)).toHaveLength(2);
  });
});

describe('[E8] a daemon that is started with a broken file', () => {
  it('runs the last good revision, reports it, and does not touch the file', async () => {
    const home = temporaryHome([], NO_TRIAL);
    const first = await startSupervisor([], { home });
    await getAnswer(first.address);
    await first.events.next('config:good');
    await stopSupervisor(first);
    writeFileSync(home.config, 'broken');
    const { address, events, configure } = await startSupervisor([], { home });
    expect(events.listEntries('config:broken')).toMatchObject([{ problems: [{ line: 1, column: 1 }] }]);
    const answer = await getAnswer(address);
    expect(answer.boot).toMatchObject({ mode: 'normal', config: { revision: 1, origin: 'last-known-good' } });
    await expect
      .poll(async () => findLastState(await getAnswer(address)))
      .toMatchObject({
        mode: 'degraded',
        reasons: [
          expect.stringMatching(/^Revision 1, the last known good one, runs instead: midturn\.jsonc:1:1/),
        ],
        revision: { number: 1, state: 'good' },
        problem: { problems: [{ line: 1 }] },
      });
    expect(readFileSync(home.config, 'utf8')).toBe('broken');
    configure([], { ...NO_TRIAL, ...TURNS });
    expect(await events.next('config:applied')).toMatchObject({ revision: 2 });
    await expect
      .poll(async () => findLastState(await getAnswer(address)))
      .toMatchObject({ mode: 'normal', reasons: [] });
  });
});

describe('[E9] a daemon that is started with a broken file and nothing to fall back on', () => {
  it('starts in rescue mode on a loopback address, and leaves it when the file is fixed', async () => {
    const home = temporaryHome();
    writeFileSync(home.config, '{ "listen": "0.0.0.0:0" }');
    const { address, events, configure } = await startSupervisor([], { home });
    expect(address).toMatch(/^127\.0\.0\.1:/);
    const rescue = await getAnswer(home.socket);
    expect(rescue.boot).toMatchObject({ mode: 'rescue', config: { revision: 0, source: '' } });
    await expect
      .poll(async () => findLastState(await getAnswer(home.socket)))
      .toMatchObject({
        mode: 'rescue',
        reasons: [expect.stringMatching(/^No session runs until the file is fixed: midturn\.jsonc:1:/)],
        revision: { number: 0, state: 'failed' },
      });
    configure([]);
    await events.next('handover:done', { cause: 'config' });
    const normal = await getAnswer(home.socket);
    expect(normal.boot).toMatchObject({ mode: 'normal', config: { revision: 1, origin: 'file' } });
    await expect
      .poll(async () => findLastState(await getAnswer(home.socket)))
      .toMatchObject({ mode: 'normal', reasons: [] });
  });
});

describe('[E16] a file that is deleted while the daemon runs', () => {
  it('is reported as missing, and nothing changes', async () => {
    const { address, events, home, configure } = await startSupervisor();
    const before = await getAnswer(address);
    rmSync(home.config);
    await events.next('config:gone');
    await expect
      .poll(async () => findLastState(await getAnswer(address)))
      .toMatchObject({
        mode: 'degraded',
        reasons: ['The configuration file is gone. Revision 1 is still active.'],
        revision: { number: 1 },
        problem: null,
      });
    expect((await getAnswer(address)).pid).toBe(before.pid);
    expect(existsSync(home.config)).toBe(false);
    configure([]);
    await expect
      .poll(async () => findLastState(await getAnswer(address)))
      .toMatchObject({ mode: 'normal', reasons: [] });
    expect(events.listEntries('config:gone')).toHaveLength(1);
  });
});
