import { describe, expect, it } from 'vitest';
import { RevisionStore } from '../../src/config/revisions/revisions.ts';
import { listHandoverReports } from '../../src/supervisor/handover/reports.ts';
import {
  ELSEWHERE,
  findLastState,
  getAnswer,
  listAppliedConfigs,
  NO_TRIAL,
  startSupervisor,
  TURNS,
} from './supervisor-harness.ts';

const revisionsOf = (home: Parameters<typeof listHandoverReports>[0]) =>
  new RevisionStore(home).list().map(({ number, state }) => ({ number, state }));

describe('[E5] a change that can take effect at once', () => {
  it('does not wait for a hanging candidate', async () => {
    const { events, home, configure } = await startSupervisor([], { keys: NO_TRIAL, bootLimit: 3_000 });
    await getAnswer(home.socket);
    configure(['hangs-at-boot'], ELSEWHERE);
    await events.next('generation:started', { revision: 2 });
    configure([], TURNS);
    expect(await events.next('config:ahead')).toMatchObject({ revision: 3, keys: ['limits.turns'] });
    await expect
      .poll(async () => listAppliedConfigs(await getAnswer(home.socket)).map(({ revision }) => revision))
      .toEqual([3]);
    expect(listHandoverReports(home)[0]).toMatchObject({ phase: 'booting' });
    expect(await events.next('config:applied')).toMatchObject({ revision: 3 });
    expect(revisionsOf(home)).toMatchObject([{ state: 'good' }, { state: 'failed' }, { state: 'good' }]);
  });

  it('does not wait for a leaving generation, although another key of the same change does', async () => {
    const { events, home, signals, configure } = await startSupervisor(['has-sessions', 'never-drains']);
    await getAnswer(home.socket);
    signals.emit('SIGHUP');
    await events.nextSaid('left');
    configure(['has-sessions'], { ...ELSEWHERE, ...TURNS });
    const ahead = await events.next('config:ahead');
    expect(ahead).toMatchObject({ revision: 2, keys: expect.arrayContaining(['limits.turns', 'listen']) });
    await expect
      .poll(async () => listAppliedConfigs(await getAnswer(home.socket)).map(({ revision }) => revision))
      .toEqual([2]);
    expect((await getAnswer(home.socket)).boot.config.revision).toBe(1);
    expect(findLastState(await getAnswer(home.socket))).toMatchObject({ revision: { number: 1 } });
  });

  it('is taken back when the change is reverted', async () => {
    const { events, home, signals, configure } = await startSupervisor(['drains-slowly']);
    await getAnswer(home.socket);
    signals.emit('SIGHUP');
    await events.nextSaid('left');
    configure(['drains-slowly'], { ...ELSEWHERE, ...TURNS });
    await events.next('config:ahead');
    configure(['drains-slowly']);
    await events.next('handover:failed');
    await expect.poll(async () => listAppliedConfigs(await getAnswer(home.socket)).at(-1)?.revision).toBe(1);
    expect(revisionsOf(home)).toEqual([
      { number: 1, state: 'trial' },
      { number: 2, state: 'replaced' },
    ]);
  });
});

it('[E10] a failed revision does not become active again with a restart that was under way', async () => {
  const trial = { handover: { trial: '1h' } };
  const { events, home, signals, configure } = await startSupervisor([], { keys: NO_TRIAL });
  await getAnswer(home.socket);
  configure([], { ...trial, ...ELSEWHERE });
  await events.next('handover:done', { cause: 'config' });
  const { pid } = await getAnswer(home.socket);
  signals.emit('SIGHUP');
  await events.next('generation:started');
  process.kill(pid, 'SIGKILL');
  await events.next('handover:done', { cause: 'crash' });
  const now = await getAnswer(home.socket);
  expect(now.boot.config.revision).toBe(1);
  expect(findLastState(now)).toMatchObject({ mode: 'degraded', revision: { number: 1 } });
  expect(revisionsOf(home)).toEqual([
    { number: 1, state: 'good' },
    { number: 2, state: 'failed' },
  ]);
});

it('[E10] does not retry contents that have failed alternately', async () => {
  const { events, home, configure } = await startSupervisor();
  await getAnswer(home.socket);
  const save = (turns: number) => configure(['crashes-at-boot'], { ...ELSEWHERE, limits: { turns } });
  for (const turns of [5, 6]) {
    save(turns);
    await events.next('config:failed');
  }
  for (const turns of [5, 6]) {
    save(turns);
    await events.next('config:looked', { found: 'unusable' });
  }
  expect(events.listEntries('generation:started')).toHaveLength(3);
});
