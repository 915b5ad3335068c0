import { execFileSync, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNodeClient } from '../../src/client/node.ts';
import { resolveHome } from '../../src/util/home.ts';
import { commandLine } from '../support/command-line.ts';

const MANAGER = fileURLToPath(new URL('../fixtures/user-manager.sh', import.meta.url));
const NAMESPACE = ['--mount', '--pid', '--fork', '--mount-proc', '--cgroup', '--kill-child'];
const RUNTIME = '/run/user/0';

const possible =
  existsSync('/lib/systemd/systemd') && spawnSync('unshare', [...NAMESPACE, 'true']).status === 0;
const reason = possible ? '' : ' (skipped: this machine has no systemd, or does not allow namespaces)';

describe.skipIf(!possible)(`[J4] under systemd${reason}`, () => {
  const root = mkdtempSync(join(tmpdir(), 'midturn-'));
  const home = resolveHome(join(root, 'home'));
  const client = createNodeClient({ socketPath: home.socket });
  const env = {
    PATH: process.env['PATH'],
    HOME: root,
    XDG_CONFIG_HOME: join(root, 'config'),
    XDG_RUNTIME_DIR: RUNTIME,
  };
  let manager: ReturnType<typeof spawn>;
  let inside: string[];

  beforeAll(async () => {
    mkdirSync(home.root, { mode: 0o700 });
    writeFileSync(home.config, JSON.stringify(patientAgent()));
    execFileSync(process.execPath, [commandLine(), 'service', 'install', '--home', home.root], { env });
    // The real watchdog time is a minute.
    writeDropIn(env.XDG_CONFIG_HOME, '[Service]\nWatchdogSec=4\n');
    manager = spawn('unshare', [...NAMESPACE, 'sh', MANAGER, String(process.pid)], { env, stdio: 'inherit' });
    inside = await reached(manager.pid ?? 0);
  });

  afterAll(async () => {
    const ended = once(manager, 'exit');
    manager.kill('SIGKILL');
    await ended;
    await removeGroup(`midturn-test-${process.pid}`);
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  });

  const systemctl = (...args: string[]): SpawnSyncReturns<string> =>
    spawnSync('nsenter', [...inside, 'systemctl', '--user', ...args], { env, encoding: 'utf8' });
  const shown = () => {
    const { stdout } = systemctl('show', 'midturn', '-p', 'ActiveState,StatusText,MainPID,NRestarts,Result');
    return Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split('=', 2)),
    );
  };
  const until = async (fits: (unit: Record<string, string>) => boolean) => {
    for (let unit = shown(); ; unit = shown()) {
      if (fits(unit)) return unit;
      await delay(100);
    }
  };

  it('starts, is reloaded, killed, hung and stopped, and a turn continues through all of it', async () => {
    expect(systemctl('start', 'midturn')).toMatchObject({ status: 0, stderr: '' });
    const first = await until(({ StatusText }) => StatusText === 'generation 1 serves');
    expect(first).toMatchObject({ ActiveState: 'active' });
    await client.sendMessage('s', { id: 'one', text: 'go' });

    expect(systemctl('reload', 'midturn')).toMatchObject({ status: 0 });
    const reloaded = await until(({ StatusText }) => StatusText === 'generation 2 serves');
    expect(reloaded).toMatchObject({ ActiveState: 'active', MainPID: first['MainPID'], NRestarts: '0' });

    expect(systemctl('kill', '--kill-whom=main', '--signal=KILL', 'midturn')).toMatchObject({ status: 0 });
    const restarted = await until(
      ({ ActiveState, NRestarts }) => ActiveState === 'active' && NRestarts === '1',
    );
    expect(restarted['MainPID']).not.toBe(first['MainPID']);

    // The process is alive but hangs; only the watchdog notices that.
    expect(systemctl('kill', '--kill-whom=main', '--signal=STOP', 'midturn')).toMatchObject({ status: 0 });
    const woken = await until(({ ActiveState, NRestarts }) => ActiveState === 'active' && NRestarts === '2');
    expect(woken['MainPID']).not.toBe(restarted['MainPID']);

    writeFileSync(join(root, 'go'), '');
    const answer = await client.sendAndWait('s', { id: 'one', text: 'go' }, 30);
    expect(answer).toMatchObject({ outcome: 'answered', text: 'It said [exit status 0]' });
    expect(readFileSync(join(root, 'runs'), 'utf8')).toBe('run\n');

    expect(systemctl('stop', 'midturn')).toMatchObject({ status: 0 });
    expect(shown()).toMatchObject({ ActiveState: 'inactive', Result: 'success' });
  });

  /** Returns an agent with one turn whose command runs until the test releases it. */
  function patientAgent() {
    const command = `echo run >> ${root}/runs; until [ -e ${root}/go ]; do sleep 0.1; done`;
    const script = [{ tools: [{ name: 'shell', input: { command } }] }, { text: 'It said {result}' }];
    return {
      listen: '127.0.0.1:0',
      providers: { scripted: { type: 'scripted', scripts: { main: script } } },
      agents: { main: { model: 'scripted/main', tools: { '*': 'allow' } } },
    };
  }
});

function writeDropIn(config: string, text: string): void {
  const folder = join(config, 'systemd', 'user', 'midturn.service.d');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'test.conf'), text);
}

/** Removes the control group, which outlives the namespaces. */
async function removeGroup(name: string): Promise<void> {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  const top = mounts.map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2')?.[1];
  if (!top) return;
  // Kernel-filled folders must be removed one by one, innermost first, after the last process has exited.
  for (const group = join(top, name); existsSync(group); await delay(50)) {
    spawnSync('find', [group, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';']);
  }
}

/** Resolves with the command prefix that enters the manager's namespaces, once the manager answers. */
async function reached(unshare: number): Promise<string[]> {
  for (;;) {
    const child = readFileSync(`/proc/${unshare}/task/${unshare}/children`, 'utf8').trim();
    const inside = ['--target', child, '--mount', '--pid', '--cgroup'];
    const state = spawnSync('nsenter', [...inside, 'systemctl', '--user', 'is-system-running'], {
      env: { PATH: process.env['PATH'], XDG_RUNTIME_DIR: RUNTIME },
      encoding: 'utf8',
    });
    if (state.stdout?.trim() === 'running') return inside;
    await delay(50);
  }
}
