import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { listHandoverReports } from '../../src/supervisor/handover/reports.ts';
import { readSupervisorStatus } from '../../src/supervisor/host/status-file.ts';
import { getAnswer, getJson, startSupervisor } from './supervisor-harness.ts';

describe('a generation that works', () => {
  it('serves on both sockets, and knows how it was started', async () => {
    const { address, home, events } = await startSupervisor();
    const overTcp = await getAnswer(address);
    expect(overTcp.boot).toEqual({
      type: 'boot',
      home: home.root,
      mode: 'normal',
      listeners: [
        { kind: 'tcp', fd: 4, address },
        { kind: 'unix', fd: 5, address: home.socket },
      ],
      socket: `${home.run}/generation-${overTcp.pid}.sock`,
      config: {
        revision: 1,
        source: expect.stringContaining('"listen": "127.0.0.1:0"'),
        origin: 'file',
        given: { env: {}, files: {} },
      },
    });
    expect(overTcp.heard.find(({ type }) => type === 'serve')).toEqual({
      type: 'serve',
      alive: [],
      served: false,
      crashed: null,
      notice: {
        id: '1',
        cause: 'start',
        reason: 'the daemon was started',
        by: null,
        keys: [],
        revision: { from: null, to: 1 },
      },
    });
    expect((await getAnswer(home.socket)).pid).toEqual(overTcp.pid);
    await events.nextSaid('serving');
    expect(readSupervisorStatus(home)).toMatchObject({
      pid: process.pid,
      address,
      generationPid: overTcp.pid,
      generations: [{ pid: overTcp.pid, generation: 1, state: 'serving' }],
    });
  });

  it('[K2] leaves no file that other users may read', async () => {
    const { home } = await startSupervisor();
    await getAnswer(home.socket);
    expect(statSync(home.run).mode & 0o777).toBe(0o700);
    expect(statSync(home.socket).mode & 0o777).toBe(0o600);
    expect(statSync(`${home.run}/supervisor.json`).mode & 0o777).toBe(0o600);
    expect(statSync(`${home.state}/handovers/1.json`).mode & 0o777).toBe(0o600);
  });

  it('[C8] drains on SIGTERM; the supervisor ends with 0, reports and cleans up', async () => {
    const { address, home, events, signals, exit } = await startSupervisor(['has-sessions']);
    await getAnswer(address);
    signals.emit('SIGTERM');
    expect(await exit).toEqual({ exitCode: 0, reason: 'SIGTERM' });
    expect(events.listEntries('supervisor:draining')[0]).toMatchObject({ what: 'stop', reason: 'SIGTERM' });
    expect(events.listEntries('generation:crashed')).toEqual([]);
    expect(readdirSync(home.run)).toEqual(['lock.db']);
    expect(readSupervisorStatus(home)).toBeNull();
    await expect(getAnswer(address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const [stop] = listHandoverReports(home);
    expect(stop).toMatchObject({
      id: '2',
      cause: 'stop',
      reason: 'SIGTERM',
      phase: 'done',
      from: 1,
      to: null,
    });
    expect(stop?.sessions.map(({ session, state }) => [session, state])).toEqual([
      ['busy', 'moved'],
      ['stuck', 'cut'],
      ['asking', 'parked'],
    ]);
  });

  it('[C8] stops when a client requests it', async () => {
    const { address, exit, home } = await startSupervisor();
    expect(await getJson(address, '/ask/stop')).toEqual({ what: 'stop', handover: '2' });
    expect(await exit).toEqual({ exitCode: 0, reason: 'asked' });
    expect(listHandoverReports(home)[0]).toMatchObject({ id: '2', cause: 'stop', phase: 'done' });
  });

  it('cannot harm the supervisor with invalid messages', async () => {
    const { address, signals, exit } = await startSupervisor(['talks-nonsense']);
    await getAnswer(address);
    signals.emit('SIGTERM');
    expect((await exit).exitCode).toBe(0);
  });
});

describe('[J4] in a terminal', () => {
  it('the first Ctrl-C drains, the second kills the generation and ends with 130', async () => {
    const { events, signals, exit } = await startSupervisor(['never-drains']);
    await events.nextSaid('serving');
    signals.emit('SIGINT');
    await events.next('supervisor:draining');
    signals.emit('SIGINT');
    expect(await exit).toEqual({ exitCode: 130, reason: 'SIGINT' });
    expect(events.listEntries('generation:ended')).toMatchObject([{ end: 'was killed: Ctrl-C came twice' }]);
  });

  it.each(['hangs-at-boot', 'never-answers-health-checks', 'hangs-before-serving'] as const)(
    'Ctrl-C does not wait for a generation that %s',
    async (what) => {
      const { events, signals, exit, home } = await startSupervisor([what]);
      await (what === 'hangs-at-boot' ? events.next('generation:started') : events.nextSaid('ready'));
      signals.emit('SIGINT');
      expect(await exit).toEqual({ exitCode: 0, reason: 'SIGINT' });
      const [stop, start] = listHandoverReports(home);
      expect(stop).toMatchObject({ cause: 'stop', phase: 'done', from: null });
      expect(start).toMatchObject({ cause: 'start', phase: 'failed' });
    },
  );
});

it('[C12] a generation that ignores its drain cap is killed 2 s after it, and its socket removed', async () => {
  const handover = { drainCap: '1s', modelGrace: '0ms', toolGrace: '0ms' };
  const { events, signals, exit, home } = await startSupervisor(['never-drains'], { keys: { handover } });
  await events.nextSaid('serving');
  const started = performance.now();
  signals.emit('SIGTERM');
  expect((await exit).exitCode).toBe(0);
  expect(performance.now() - started).toBeGreaterThan(2_990);
  expect(events.listEntries('generation:ended')).toMatchObject([{ end: expect.stringContaining('3000 ms') }]);
  expect(existsSync(home.socket)).toBe(false);
});

it('reports what to do when its address is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP address');
  const listen = `127.0.0.1:${address.port}`;
  await expect(startSupervisor([], { keys: { listen } })).rejects.toMatchObject({
    code: 'listen_failed',
    exitCode: 1,
    message: expect.stringContaining(listen),
  });
  other.close();
});
