import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RevisionStore } from '../../src/config/revisions/revisions.ts';
import { configFor } from '../fixtures/generations/behaviour.ts';
import {
  ELSEWHERE,
  findLastState,
  getAnswer,
  getJson,
  NO_TRIAL,
  startSupervisor,
  stopSupervisor,
  TURNS,
  temporaryHome,
} from './supervisor-harness.ts';

describe('[E10] a revision on trial', () => {
  it('is the last good one when its time is over', async () => {
    const { events, address, home } = await startSupervisor([], { keys: { handover: { trial: '300ms' } } });
    await getAnswer(address);
    expect(findLastState(await getAnswer(address))?.revision.state).toBe('trial');
    await events.next('config:good');
    expect(new RevisionStore(home).findLastGood()?.revision.number).toBe(1);
    await expect.poll(async () => findLastState(await getAnswer(address))?.revision.state).toBe('good');
  });

  it.each([
    ['crashes-after-serving', 'exited with code 9'],
    ['sickens', 'was killed: 2 health checks in a row failed, it answered /healthz with 503'],
  ] as const)(
    'whose generation %s gives way to the one before, at once; the file stays',
    async (what, end) => {
      const healthPolicy = { limit: 500, every: 60_000, failures: 9, trial: { every: 50, failures: 2 } };
      const { address, events, home, configure } = await startSupervisor([], {
        keys: NO_TRIAL,
        healthPolicy,
      });
      await getAnswer(address);
      await events.next('config:good');
      configure([what], { ...ELSEWHERE, handover: { trial: '1h' } });
      expect(await events.next('config:failed')).toMatchObject({
        revision: 2,
        reason: expect.stringContaining(end),
      });
      await events.next('handover:done', { cause: 'crash' });
      const answer = await getAnswer(home.socket);
      expect(answer.boot.config).toMatchObject({ revision: 1, origin: 'last-known-good' });
      expect((await getAnswer(answer.boot.listeners[0]?.address ?? '')).pid).toBe(answer.pid);
      await expect
        .poll(async () => findLastState(await getAnswer(home.socket)))
        .toMatchObject({
          mode: 'degraded',
          reasons: [
            expect.stringContaining(
              `Revision 1, the last known good one, runs instead: revision 2 was given up`,
            ),
          ],
          revision: { number: 1, state: 'good' },
          problem: { message: expect.stringContaining(end) },
        });
      expect(readFileSync(home.config, 'utf8')).toBe(
        configFor([what], { ...ELSEWHERE, handover: { trial: '1h' } }),
      );
      expect(await getJson(home.socket, '/ask/reload')).toMatchObject({ what: 'refused' });
      expect(events.listEntries('generation:crashed')).toHaveLength(1);
      expect(new RevisionStore(home).list()).toMatchObject([{ state: 'good' }, { state: 'failed' }]);
    },
  );

  it('falls back to the revision before it at its address, although that one does not boot at once', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const address = free.address();
    const listen = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    free.close();
    await once(free, 'close');
    const keys = { ...NO_TRIAL, listen };
    const { events, home, configure } = await startSupervisor(['may-crash-once-at-boot'], { keys });
    await events.next('config:good');
    writeFileSync(join(home.root, 'crash-once'), '');
    configure(['crashes-after-serving'], { ...ELSEWHERE, handover: { trial: '1h' } });
    await events.next('config:failed', { revision: 2 });
    await events.next('handover:done', { cause: 'crash' });
    expect(existsSync(join(home.root, 'crash-once'))).toBe(false);
    expect((await getAnswer(listen)).boot.config.revision).toBe(1);
    expect(events.listEntries('supervisor:listen_failed')).toEqual([]);
  });

  it('falls back in the same way when it was applied live', async () => {
    const { address, events, configure } = await startSupervisor([], { keys: NO_TRIAL });
    const before = await getAnswer(address);
    await events.next('config:good');
    configure([], { ...TURNS, handover: { trial: '1h' } });
    await events.next('config:applied');
    process.kill(before.pid, 'SIGKILL');
    const about = await events.next('handover:done', { cause: 'crash' });
    expect(about).toMatchObject({ revision: 1, keys: ['limits.turns', 'handover.trial'] });
    expect((await getAnswer(address)).boot.config.revision).toBe(1);
  });

  it('falls back at the start of the daemon too', async () => {
    const home = temporaryHome([], NO_TRIAL);
    const first = await startSupervisor([], { home });
    await getAnswer(first.address);
    await first.events.next('config:good');
    await stopSupervisor(first);
    writeFileSync(home.config, configFor(['crashes-at-boot'], TURNS));
    const { address } = await startSupervisor([], { home });
    const answer = await getAnswer(address);
    expect(answer.boot).toMatchObject({ mode: 'normal', config: { revision: 1 } });
    await expect
      .poll(async () => findLastState(await getAnswer(address)))
      .toMatchObject({ mode: 'degraded' });
  });

  it('runs again when it is the first revision of the home', async () => {
    const { address, events } = await startSupervisor();
    const { pid } = await getAnswer(address);
    process.kill(pid, 'SIGKILL');
    await events.next('handover:done', { cause: 'crash' });
    expect((await getAnswer(address)).boot.config.revision).toBe(1);
  });
});
