import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startDetached, stopRunningDaemon } from '../../src/supervisor/host/detach.ts';
import { readSupervisorStatus } from '../../src/supervisor/host/status-file.ts';
import type { Home } from '../../src/util/home.ts';
import { configFor } from '../fixtures/generations/behaviour.ts';
import { fixtureUrl, getAnswer, LogEvents, temporaryHome } from './supervisor-harness.ts';

const script = fixtureUrl('run-supervisor');

describe('[J1] one daemon for each home', () => {
  it('refuses a second one at once, with exit code 4, and leaves the first alone', async () => {
    const home = temporaryHome();
    const first = await up(home);
    const second = spawnUp(home);
    const [said] = await Promise.all([text(second.stderr), once(second, 'exit')]);
    expect(second.exitCode).toBe(4);
    expect(said).toContain(home.lock);
    expect(readSupervisorStatus(home)?.pid).toBe(first.process.pid);
    await getAnswer(first.address);
    await getAnswer(home.socket);
  });

  it('starts again at the same address right after kill -9, though the old generation still listens', async () => {
    const home = temporaryHome(['lets-go-late']);
    const first = await up(home);
    const orphan = (await getAnswer(first.address)).pid;
    first.process.kill('SIGKILL');
    await once(first.process, 'exit');
    writeFileSync(home.config, configFor([], { listen: first.address }));
    const second = await up(home);
    expect(second.address).toBe(first.address);
    const answer = await getAnswer(second.address);
    expect(answer.pid).not.toBe(orphan);
    expect((await getAnswer(home.socket)).pid).toBe(answer.pid);
  });
});

describe('[J4] signals to the real process', () => {
  it('SIGTERM drains and exits with 0', async () => {
    const daemon = await up(temporaryHome());
    await getAnswer(daemon.address);
    daemon.process.kill('SIGTERM');
    expect(await once(daemon.process, 'exit')).toEqual([0, null]);
  });

  it('Ctrl-C in a terminal reaches the supervisor only; twice ends with 130 and no process left', async () => {
    const daemon = await up(temporaryHome(['never-drains']));
    const { pid } = await getAnswer(daemon.address);
    // The generation leads its own process group, so that signals to the supervisor's group do not reach it.
    expect(() => process.kill(-pid, 0)).not.toThrow();
    interruptGroup(daemon.process);
    await daemon.events.nextSaid('left');
    interruptGroup(daemon.process);
    expect(await once(daemon.process, 'exit')).toEqual([130, null]);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('a generation notices that its supervisor was killed, and exits', async () => {
    const daemon = await up(temporaryHome());
    await getAnswer(daemon.address);
    daemon.process.kill('SIGKILL');
    // The generation also holds the supervisor's stdout and stderr, so they close when both processes are gone.
    await once(daemon.process, 'close');
    await expect(getAnswer(daemon.address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('in the background', () => {
  it('starts, reports its address, and stops', async () => {
    const home = temporaryHome();
    expect(await stopRunningDaemon(home, { timeout: 1_000 })).toBeNull();
    const started = await startDetached(home, { script });
    onTestFinished(async () => void (await stopRunningDaemon(home, { timeout: 10_000 })));
    expect(started).toMatchObject({ ready: true, address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) });
    expect((await getAnswer(started.address)).boot.mode).toBe('normal');
    const log = `${home.logs}/midturn.log`;
    expect(statSync(log).mode & 0o777).toBe(0o600);
    expect(readFileSync(log, 'utf8')).toContain('supervisor:listening');
    expect(await stopRunningDaemon(home, { timeout: 10_000 })).toBe(started.pid);
    expect(existsSync(home.socket)).toBe(false);
    await expect(getAnswer(started.address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('reports why it did not start, with the exit code', async () => {
    const home = temporaryHome();
    writeFileSync(home.run, 'not a folder');
    await expect(startDetached(home, { script })).rejects.toMatchObject({
      code: 'start_failed',
      exitCode: 1,
      message: expect.stringContaining(home.run),
    });
  });

  it('[J1] does not start on a home that is in use', async () => {
    const home = temporaryHome();
    await up(home);
    await expect(startDetached(home, { script })).rejects.toMatchObject({
      code: 'already_running',
      exitCode: 4,
      message: expect.stringContaining(home.lock),
    });
  });
});

/**
 * Starts a supervisor in its own process and process group and waits until it serves; it is killed when the test
 * has finished.
 */
async function up(home: Home) {
  const child = spawnUp(home);
  const events = new LogEvents();
  createInterface(child.stdout).on('line', (line) => events.addEntry(JSON.parse(line)));
  const { address } = await events.next('supervisor:listening');
  await events.nextSaid('serving');
  return { process: child, events, address: String(address) };
}

function spawnUp(home: Home) {
  const child = spawn(process.execPath, [fileURLToPath(script), 'up', '--home', home.root], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Does what a terminal does on Ctrl-C: sends SIGINT to every process of the foreground group. */
function interruptGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGINT');
}
