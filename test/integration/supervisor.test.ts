import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { readSupervisorStatus } from '../../src/supervisor/status-file.ts';
import { get, startSupervisor } from './supervisor-harness.ts';

const fast = { stable: 30_000, firstDelay: 1, maxDelay: 4, rescueAfter: 5 };

describe('a generation that works', () => {
  it('is served on both sockets, and told how it was started', async () => {
    const { address, home, events } = await startSupervisor('good');
    const overTcp = await get(address);
    expect(overTcp.boot).toMatchObject({ type: 'boot', home: home.root, mode: 'normal', previous: null });
    expect(overTcp.boot.listeners).toEqual([
      { kind: 'tcp', fd: 4, address },
      { kind: 'unix', fd: 5, address: home.socket },
    ]);
    expect(await get(home.socket)).toEqual(overTcp);
    await events.said('serving');
    expect(readSupervisorStatus(home)).toMatchObject({
      pid: process.pid,
      address,
      generationPid: overTcp.pid,
    });
  });

  it('[K2] leaves nothing that others may read', async () => {
    const { home } = await startSupervisor('good');
    await get(home.socket);
    expect(statSync(home.run).mode & 0o777).toBe(0o700);
    expect(statSync(home.socket).mode & 0o777).toBe(0o600);
    expect(statSync(`${home.run}/supervisor.json`).mode & 0o777).toBe(0o600);
  });

  it('drains on SIGTERM; the supervisor ends with 0 and cleans up', async () => {
    const { address, home, events, signals, exit } = await startSupervisor('good');
    await get(address);
    signals.emit('SIGTERM');
    expect(await exit).toEqual({ exitCode: 0, reason: 'SIGTERM' });
    expect(events.all('supervisor:draining')[0]).toMatchObject({ what: 'stop', reason: 'SIGTERM' });
    expect(events.all('generation:crashed')).toEqual([]);
    expect(existsSync(home.socket)).toBe(false);
    expect(readSupervisorStatus(home)).toBeNull();
    await expect(get(address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('stops when a client wants it', async () => {
    const { address, exit } = await startSupervisor('good');
    await get(address, '/wanted/stop');
    expect(await exit).toEqual({ exitCode: 0, reason: 'asked' });
  });

  it('cannot harm the supervisor by what it says', async () => {
    const { address, signals, exit } = await startSupervisor('talks-nonsense');
    await get(address);
    signals.emit('SIGTERM');
    expect((await exit).exitCode).toBe(0);
  });
});

describe('a restart', () => {
  it('starts the next generation, which knows how the last one ended', async () => {
    const { address } = await startSupervisor('good');
    const first = await get(address, '/wanted/restart');
    const second = await get(address);
    expect(second.pid).not.toBe(first.pid);
    expect(second.boot.previous).toMatchObject({ pid: first.pid, end: 'drained' });
  });

  it('refuses and cuts no request of many', async () => {
    const { address, signals, events } = await startSupervisor('drains-slowly');
    const pids = new Set<number>();
    let more = true;
    const client = async () => {
      while (more) pids.add((await get(address)).pid);
    };
    const clients = Promise.all(Array.from({ length: 10 }, client));
    for (let restart = 1; restart <= 3; restart += 1) {
      await events.said('serving');
      await get(address);
      signals.emit('SIGHUP');
    }
    await events.said('serving');
    await get(address);
    more = false;
    await clients;
    expect(events.all('generation:crashed')).toEqual([]);
    expect(pids.size).toBeGreaterThan(1);
  });

  it('is one restart, however often it is wanted while the old generation drains', async () => {
    const { events, signals, exit } = await startSupervisor('drains-slowly');
    await events.said('serving');
    signals.emit('SIGHUP');
    await events.next('supervisor:draining');
    for (let again = 0; again < 5; again += 1) signals.emit('SIGHUP');
    await events.said('serving');
    signals.emit('SIGTERM');
    await exit;
    expect(events.all('generation:started')).toHaveLength(2);
  });
});

describe('[J3] a generation that crashes', () => {
  it('is replaced at once; who connects meanwhile waits and is served', async () => {
    const { address, home, events } = await startSupervisor('good');
    const first = await get(address);
    await expect(get(address, '/crash')).rejects.toMatchObject({ code: 'ECONNRESET' });
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => get(index % 2 ? address : home.socket)),
    );
    const pids = new Set(answers.map(({ pid }) => pid));
    expect(pids.size).toBe(1);
    expect(pids).not.toContain(first.pid);
    expect(answers[0]?.boot).toMatchObject({
      mode: 'normal',
      previous: { pid: first.pid, end: 'exited with code 9' },
    });
    expect(events.all('generation:crashed')).toMatchObject([{ quickCrashes: 1, nextIn: 0 }]);
  });

  it('runs in rescue mode after five quick crashes, and stays there', async () => {
    const { address, events } = await startSupervisor('crashes-at-boot', { crashPolicy: fast });
    const rescue = await get(address);
    expect(rescue.boot).toMatchObject({ mode: 'rescue', reasons: [expect.stringContaining('code 7')] });
    expect(events.all('generation:crashed').map(({ nextIn }) => nextIn)).toEqual([0, 1, 2, 4, 4]);
    expect(events.all('supervisor:rescue')).toHaveLength(1);
    await expect(get(address, '/crash')).rejects.toThrow();
    expect((await get(address)).boot.mode).toBe('rescue');
  });

  it('gets a fresh start by a restart, also out of a long pause', async () => {
    const patient = { ...fast, firstDelay: 3_600_000, maxDelay: 3_600_000 };
    const { events, signals } = await startSupervisor('always-crashes', { crashPolicy: patient });
    await events.next('generation:crashed');
    await events.next('generation:crashed');
    signals.emit('SIGHUP');
    expect(await events.next('generation:started')).toMatchObject({ quickCrashes: 0, mode: 'normal' });
  });

  it('never ends the supervisor, not even in rescue mode; it still stops when told to', async () => {
    const { events, signals, exit } = await startSupervisor('always-crashes', { crashPolicy: fast });
    for (let crash = 1; crash <= 8; crash += 1) await events.next('generation:crashed');
    signals.emit('SIGTERM');
    expect(await exit).toEqual({ exitCode: 0, reason: 'SIGTERM' });
  });

  it('includes one that hangs at boot: it is killed at the boot limit', async () => {
    const { address, events } = await startSupervisor('hangs-at-first-boot', { bootLimit: 1_000 });
    expect((await get(address)).boot.previous).toMatchObject({ end: expect.stringContaining('1000 ms') });
    expect(events.all('generation:crashed')).toHaveLength(1);
  });

  it('includes one that cannot be told anything any more', async () => {
    const { events } = await startSupervisor('closes-its-channel');
    expect(await events.next('generation:crashed')).toMatchObject({
      end: 'was killed: it closed its IPC channel',
    });
  });
});

describe('a generation that exits with 78 before it serves', () => {
  it('[J6] ends the daemon with 78 at once when it is the first', async () => {
    const { exit, events } = await startSupervisor('refuses-at-boot');
    expect(await exit).toEqual({ exitCode: 78, reason: 'the generation exited with code 78' });
    expect(events.all('generation:started')).toHaveLength(1);
  });

  it('[J3] is followed by rescue mode at once when another one has served', async () => {
    const { address, events, signals } = await startSupervisor('refuses-after-first');
    await get(address);
    signals.emit('SIGHUP');
    await events.next('generation:crashed');
    const rescue = await get(address);
    expect(rescue.boot).toMatchObject({ mode: 'rescue', reasons: [expect.stringContaining('code 78')] });
    expect(events.all('generation:started')).toHaveLength(3);
  });

  it('ends the daemon with 78 when rescue mode is refused too', async () => {
    const { address, events, exit, signals } = await startSupervisor('refuses-after-first-for-good');
    await get(address);
    signals.emit('SIGHUP');
    expect(await exit).toMatchObject({ exitCode: 78 });
    expect(events.all('generation:started').map(({ mode }) => mode)).toEqual(['normal', 'normal', 'rescue']);
  });
});

describe('[J4] in a terminal', () => {
  it('the first Ctrl-C drains, the second kills the generation and ends with 130', async () => {
    const { events, signals, exit } = await startSupervisor('never-drains', { drainCap: 3_600_000 });
    await events.said('serving');
    signals.emit('SIGINT');
    await events.next('supervisor:draining');
    signals.emit('SIGINT');
    expect(await exit).toEqual({ exitCode: 130, reason: 'SIGINT' });
    expect(events.all('generation:ended')).toMatchObject([{ end: 'was killed: Ctrl-C came twice' }]);
  });

  it('Ctrl-C does not wait for a generation that does not serve yet', async () => {
    const { events, signals, exit } = await startSupervisor('hangs-at-boot');
    await events.next('generation:started');
    signals.emit('SIGINT');
    expect(await exit).toEqual({ exitCode: 0, reason: 'SIGINT' });
  });
});

it('[C12] a generation that ignores its drain cap is killed 2 s after it', async () => {
  const { events, signals, exit } = await startSupervisor('never-drains', { drainCap: 100 });
  await events.said('serving');
  const started = performance.now();
  signals.emit('SIGTERM');
  expect((await exit).exitCode).toBe(0);
  expect(performance.now() - started).toBeGreaterThan(2_090);
  expect(events.all('generation:ended')).toMatchObject([{ end: expect.stringContaining('2100 ms') }]);
});

it('says what to do when its address is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP address');
  const listen = `127.0.0.1:${address.port}`;
  await expect(startSupervisor('good', { listen })).rejects.toMatchObject({
    code: 'listen_failed',
    exitCode: 1,
    message: expect.stringContaining(listen),
  });
  other.close();
});
