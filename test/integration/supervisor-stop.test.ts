import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listHandoverReports } from '../../src/supervisor/handover/reports.ts';
import { getAnswer, getJson, startSupervisor } from './supervisor-harness.ts';

describe('[C8] a stop', () => {
  it('in the middle of a handover ends both generations', async () => {
    const { address, events, signals, exit, home, configure } = await startSupervisor();
    await getAnswer(address);
    configure(['hangs-at-boot']);
    await getJson(address, '/ask/restart');
    await events.next('generation:started');
    await events.next('generation:started');
    signals.emit('SIGTERM');
    expect(await exit).toEqual({ exitCode: 0, reason: 'SIGTERM' });
    expect(listHandoverReports(home).slice(0, 2)).toMatchObject([
      { cause: 'stop', phase: 'done' },
      { cause: 'restart', phase: 'failed' },
    ]);
  });

  it('while an old generation drains ends both', async () => {
    const { address, events, signals, exit, home } = await startSupervisor(['drains-slowly']);
    await getAnswer(address);
    signals.emit('SIGHUP');
    await events.nextSaid('left');
    await getJson(home.socket, '/ask/restart');
    signals.emit('SIGTERM');
    expect(await exit).toEqual({ exitCode: 0, reason: 'SIGTERM' });
    expect(events.listEntries('generation:ended').map(({ end }) => end)).toEqual(
      Array(2).fill('exited with code 0'),
    );
    // The request that was pending has not been forgotten, but marked as failed.
    expect(listHandoverReports(home).slice(0, 2)).toMatchObject([
      { cause: 'stop', phase: 'done' },
      { id: '3', cause: 'restart', phase: 'failed', failure: 'the daemon was stopped: SIGTERM' },
    ]);
  });

  it('[C12] does not wait for a candidate whose address is still being bound', async () => {
    const { events, home, signals, exit, configure } = await startSupervisor();
    await getAnswer(home.socket);
    // Another daemon holds the lock on that port at the moment.
    const port = await freePort();
    const other = createServer().listen(`\0midturn-decides-on-port-${port}`);
    await once(other, 'listening');
    configure(['hangs-at-boot'], { listen: `127.0.0.1:${port}` });
    await events.next('config:looked', { found: 'changed' });
    await events.next('config:looked', { found: 'changed' });
    signals.emit('SIGTERM');
    other.close();
    expect(await exit).toMatchObject({ exitCode: 0 });
    expect(events.listEntries('generation:started')).toHaveLength(1);
  });

  it('just before a cold start serves does not make the start a failure', async () => {
    const { events, home, signals, exit } = await startSupervisor(['is-restarted-at-once']);
    await expect.poll(() => existsSync(join(home.root, 'about-to-serve'))).toBe(true);
    signals.emit('SIGTERM');
    writeFileSync(join(home.root, 'busy'), '');
    await events.nextSaid('serving');
    await exit;
    const start = listHandoverReports(home).find(({ cause }) => cause === 'start');
    expect(start).toMatchObject({ phase: 'done', failure: null });
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
