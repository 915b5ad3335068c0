import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RevisionStore } from '../../src/config/revisions/revisions.ts';
import { listHandoverReports } from '../../src/supervisor/handover/reports.ts';
import { configFor } from '../fixtures/generations/behaviour.ts';
import type { FakeAnswer } from '../fixtures/generations/fake-server.ts';
import {
  ELSEWHERE,
  findLastState,
  getAnswer,
  getJson,
  listAppliedConfigs,
  NO_TRIAL,
  startSupervisor,
  TURNS,
  temporaryHome,
} from './supervisor-harness.ts';

describe('[E4] a change that needs no new process', () => {
  it('is applied to the serving generation, as a new revision on trial', async () => {
    const { address, events, home, configure } = await startSupervisor();
    const before = await getAnswer(address);
    configure([], TURNS);
    expect(await events.next('config:applied')).toMatchObject({ revision: 2, keys: ['limits.turns'] });
    const after = await getAnswer(address);
    expect(after.pid).toBe(before.pid);
    expect(listAppliedConfigs(after)).toMatchObject([
      { revision: 2, source: readFileSync(home.config, 'utf8'), origin: 'file' },
    ]);
    await expect
      .poll(async () => findLastState(await getAnswer(address)))
      .toMatchObject({
        mode: 'normal',
        revision: { number: 2, state: 'trial' },
        problem: null,
        handover: null,
      });
    expect(new RevisionStore(home).list()).toMatchObject([
      { number: 1, state: 'replaced' },
      { number: 2, state: 'trial', keys: ['limits.turns'] },
    ]);
  });

  it('reaches a draining generation too', async () => {
    const { address, events, signals, configure } = await startSupervisor(['never-drains']);
    const old = await getAnswer(address);
    signals.emit('SIGHUP');
    await events.nextSaid('left');
    configure(['never-drains'], TURNS);
    await events.next('config:applied');
    const heard = await getJson<FakeAnswer>(old.boot.socket, '/');
    expect(listAppliedConfigs(heard)).toMatchObject([{ revision: 2 }]);
  });

  it.each([
    ['refuses-to-apply', 'it does not like it'],
    ['crashes-when-it-applies', 'the generation exited with code 9'],
  ] as const)('that it %s is taken back, and not tried again until it changes', async (what, reason) => {
    const { address, events, home, configure } = await startSupervisor([], { keys: NO_TRIAL });
    await getAnswer(address);
    configure([what], TURNS);
    expect(await getJson(address, '/ask/reload').catch(() => null)).toEqual(
      what === 'refuses-to-apply' ? { what: 'refused', message: reason } : null,
    );
    expect(await events.next('config:failed')).toMatchObject({
      revision: 2,
      reason: `revision 2 was not applied: ${reason}`,
    });
    const after = await getAnswer(address);
    expect(running(after)).toBe(1);
    await expect
      .poll(async () => findLastState(await getAnswer(address)))
      .toMatchObject({
        mode: 'degraded',
        reasons: [expect.stringContaining(reason)],
        revision: { number: 1, state: 'good' },
        problem: { message: expect.stringContaining(reason), problems: [] },
      });
    expect(await getJson(address, '/ask/reload')).toMatchObject({ what: 'refused' });
    expect(new RevisionStore(home).list()).toMatchObject([{ state: 'good' }, { state: 'failed' }]);
    configure([], { limits: { turns: 4 } });
    expect(await events.next('config:applied')).toMatchObject({ revision: 3 });
    await expect
      .poll(async () => findLastState(await getAnswer(address)))
      .toMatchObject({ mode: 'normal', problem: null });
  });
});

describe('a change that needs a new process', () => {
  it('is a handover; the new generation listens at the new address, and connections to the old one are refused', async () => {
    const { address, events, home, configure } = await startSupervisor();
    await getAnswer(address);
    configure([], ELSEWHERE);
    const about = await events.next('handover:done', { cause: 'config' });
    expect(about).toMatchObject({ reason: 'changed: listen', revision: 2, keys: ['listen'] });
    const answer = await getAnswer(home.socket);
    const now = answer.boot.listeners[0]?.address ?? '';
    expect(now).not.toBe(address);
    expect((await getAnswer(now)).generation).toBe(2);
    expect(answer.heard.find(({ type }) => type === 'serve')).toMatchObject({
      notice: { cause: 'config', keys: ['listen'], revision: { from: 1, to: 2 } },
    });
    await expect(getAnswer(address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('[C10] fails once when the new address is taken, and the old generation continues', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const taken = other.address();
    const listen = `127.0.0.1:${typeof taken === 'object' ? taken?.port : ''}`;
    const { address, events, home, configure } = await startSupervisor();
    const before = await getAnswer(address);
    configure([], { listen });
    expect(await events.next('config:failed')).toMatchObject({
      revision: 2,
      reason: expect.stringContaining(listen),
    });
    expect((await getAnswer(address)).pid).toBe(before.pid);
    expect(await getJson(address, '/ask/reload')).toMatchObject({ what: 'refused' });
    expect(listHandoverReports(home)).toHaveLength(2);
    other.close();
    await once(other, 'close');
    expect(await getJson(address, '/ask/restart')).toEqual({ what: 'restart', handover: '3' });
    await events.next('handover:done', { handover: '3' });
    expect((await getAnswer(listen)).generation).toBe(2);
  });

  it('[C10] fails when its generation does not boot, and is tried again when a client requests a restart', async () => {
    const { address, events, home, configure } = await startSupervisor();
    const before = await getAnswer(address);
    configure(['crashes-at-boot'], ELSEWHERE);
    await events.next('config:failed');
    const after = await getAnswer(address);
    expect(after.pid).toBe(before.pid);
    await expect
      .poll(async () => findLastState(await getAnswer(address)))
      .toMatchObject({
        mode: 'degraded',
        reasons: [
          'Revision 1 is still active: revision 2 was given up: the new generation exited with code 7',
        ],
        handover: { phase: 'failed', failure: 'the new generation exited with code 7' },
      });
    // The meaning is the same; only the comment differs.
    configure([], ELSEWHERE);
    expect(await getJson(address, '/ask/reload')).toMatchObject({ what: 'refused' });
    expect(listHandoverReports(home)).toHaveLength(2);
    await getJson(address, '/ask/restart');
    await events.next('handover:done', { cause: 'restart' });
    await expect
      .poll(async () => findLastState(await getAnswer(home.socket)))
      .toMatchObject({
        mode: 'normal',
        revision: { number: 2, state: 'trial' },
        problem: null,
      });
  });
});

it('reports no changed keys for a crash, whatever was changed before', async () => {
  const { address, events, configure } = await startSupervisor([], { keys: NO_TRIAL });
  const { pid } = await getAnswer(address);
  configure([], TURNS);
  await events.next('config:applied');
  process.kill(pid, 'SIGKILL');
  expect(await events.next('handover:done', { cause: 'crash' })).toMatchObject({ revision: 2, keys: [] });
});

describe('[E2] the same meaning in other words', () => {
  it('changes nothing, but the next generation receives the new text', async () => {
    const { address, events, home, configure } = await startSupervisor();
    const before = await getAnswer(address);
    configure(['drains-slowly']);
    expect(await getJson(address, '/ask/reload')).toMatchObject({
      what: 'reload',
      applied: 'none',
      revision: 1,
      keys: [],
    });
    expect(events.listEntries('config:applied')).toEqual([]);
    expect(listAppliedConfigs(await getAnswer(address))).toEqual([]);
    process.kill(before.pid, 'SIGKILL');
    await events.next('handover:done', { cause: 'crash' });
    expect((await getAnswer(address)).boot.config).toMatchObject({
      revision: 1,
      source: readFileSync(home.config, 'utf8'),
      origin: 'file',
    });
  });
});

it('[E13] a rotated secret file is a change of the keys that refer to it', async () => {
  const home = temporaryHome();
  const secret = join(home.root, 'token');
  writeFileSync(secret, 'first-token-1234567890\n');
  const keys = { auth: { tokens: [`\${file:${secret}}`] } };
  writeFileSync(home.config, configFor([], keys));
  const { address, events } = await startSupervisor([], { home });
  await getAnswer(address);
  writeFileSync(secret, 'second-token-1234567890\n');
  expect(await events.next('config:applied')).toMatchObject({ revision: 2, keys: ['auth.tokens'] });
  expect(JSON.stringify(events.entries)).not.toContain('-token-1234567890');
});

describe('[E1] [C9] a storm of changes', () => {
  it('of a hundred saves is one handover, and what runs in the end is what the file says', async () => {
    const { address, events, home, configure } = await startSupervisor();
    await getAnswer(address);
    for (let save = 1; save <= 100; save += 1) {
      configure([], { ...ELSEWHERE, limits: { turns: save } });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await events.next('handover:done', { cause: 'config' });
    const answer = await getAnswer(home.socket);
    expect(answer.boot.config.source).toBe(readFileSync(home.config, 'utf8'));
    expect(await getJson(home.socket, '/ask/reload')).toMatchObject({ applied: 'none' });
    expect(listHandoverReports(home)).toMatchObject([{ cause: 'config' }, { cause: 'start' }]);
  });

  it('during a handover is applied after it', async () => {
    const { address, events, home, configure } = await startSupervisor(['drains-slowly']);
    await getAnswer(address);
    configure(['drains-slowly'], ELSEWHERE);
    await events.next('generation:started');
    await events.next('generation:started');
    for (let turns = 1; turns <= 9; turns += 1)
      configure(['drains-slowly'], { listen: '[::1]:0', limits: { turns } });
    configure([], { listen: '127.0.0.1:0', limits: { turns: 9 } });
    await events.next('handover:done', { cause: 'config' });
    await events.next('handover:done', { cause: 'config' });
    const answer = await getAnswer(home.socket);
    expect(answer.boot.config.source).toBe(readFileSync(home.config, 'utf8'));
    expect(await getJson(home.socket, '/ask/reload')).toMatchObject({ applied: 'none' });
  });
});

it("the supervisor's own log follows the configuration", async () => {
  const { address, events, configure } = await startSupervisor();
  await getAnswer(address);
  configure([], { logging: { level: 'warn' } });
  await expect.poll(async () => listAppliedConfigs(await getAnswer(address)).length).toBe(1);
  const before = events.entries.length;
  await getJson(address, '/ask/restart');
  await expect.poll(async () => (await getAnswer(address)).generation).toBe(2);
  expect(events.entries.slice(before)).toEqual([]);
});

/** Returns the number of the revision that the generation received last. */
function running(answer: FakeAnswer): number {
  return (listAppliedConfigs(answer).at(-1) ?? answer.boot.config).revision;
}
