import { fork, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { readHost, readJob } from '../../../src/tools/shell/job/job.ts';
import { buildSandboxCommand } from '../../../src/tools/shell/sandbox.ts';
import { findSandboxProblem } from '../../../src/util/bubblewrap.ts';
import { resolveHome } from '../../../src/util/home.ts';
import { appeared, shellBench } from './shell-bench.ts';
import type { Order } from './shell-child.ts';
import { tempFolder } from './temp-folder.ts';

const missing = findSandboxProblem(process.env['PATH'] ?? '');

if (missing) console.warn(`The tests of the sandbox are skipped: ${missing.message}; ${missing.hint}.`);
beforeEach(({ skip }) => skip(missing !== undefined, missing?.message));

const newKey = () => randomUUID();

/** Creates a home that contains secrets, and a shell tool whose commands run in the sandbox. */
async function sandboxBench(roots: string[] = [], network = false) {
  const bench = await shellBench({ sandbox: 'bubblewrap', network }, roots);
  const { home } = bench;
  for (const folder of [home.state, home.run, home.jobs, home.work]) await mkdir(folder, { recursive: true });
  for (const file of [home.config, home.journal, home.socket, join(home.root, 'notes')]) {
    await writeFile(file, 'hidden treasure');
  }
  return bench;
}

describe('[K5] a command in the sandbox', () => {
  it('writes only to the roots and to its own folder, including through a link', async () => {
    const root = await tempFolder();
    const link = join(await tempFolder(), 'link');
    await symlink(root, link);
    const { run, home } = await sandboxBench([link]);
    const output = await run(newKey(), {
      command: `pwd; echo a > a; echo b > ${root}/b; echo c > ${link}/c; for f in /usr/x /etc/x /x ${home.root}/x; do echo > $f; done`,
    });
    expect(output).toMatch(new RegExp(`^text: ${home.work}\n`));
    expect(output.match(/Read-only file system/g)).toHaveLength(4);
    expect(await readFile(join(home.work, 'a'), 'utf8')).toBe('a\n');
    expect(await readFile(join(root, 'b'), 'utf8')).toBe('b\n');
    expect(await readFile(join(root, 'c'), 'utf8')).toBe('c\n');
  });

  it("reads nothing outside the roots, nothing of the daemon's home, and nothing through a link", async () => {
    const outside = join(await tempFolder(), 'outside');
    await writeFile(outside, 'hidden treasure');
    const { run, home } = await sandboxBench();
    for (const target of [outside, home.root]) {
      await symlink(target, join(home.work, `link-${randomUUID()}`));
    }
    const files = [outside, home.config, home.journal, home.socket, join(home.root, 'notes')];
    const output = await run(newKey(), {
      command: `cat ${files.join(' ')} ${home.work}/link-*; cat /etc/shadow; ls ${home.root}; grep -r treasure . /tmp /var; true`,
    });
    expect(output).not.toContain('treasure\n');
    expect(output).not.toMatch(/^root:/m);
    expect(output).toContain('\nwork\n');
  });

  it('hides the home when a root is named through a link or the state lies elsewhere', async () => {
    const top = await tempFolder();
    for (const folder of ['data/home', 'data/work', 'disk/state'])
      await mkdir(join(top, folder), { recursive: true });
    await symlink(join(top, 'data'), join(top, 'link'));
    await symlink('data', join(top, 'relative'));
    await symlink(join(top, 'link'), join(top, 'twice'));
    await symlink(join(top, 'disk/state'), join(top, 'data/home/state'));
    await writeFile(join(top, 'data/home/midturn.jsonc'), 'hidden treasure');
    await writeFile(join(top, 'disk/state/journal.db'), 'hidden treasure');
    const home = resolveHome(join(top, 'data/home'));
    const names = ['data', 'link', 'relative', 'twice'];
    for (const roots of [
      ['link'],
      ['relative'],
      ['twice'],
      ['data'],
      ['link', 'data/work', 'disk'],
      ['disk', 'twice'],
    ]) {
      const cwd = join(top, roots[0] ?? '');
      const asked = roots.map((name) => join(top, name));
      const [program = '', ...rest] = await buildSandboxCommand({
        roots: asked,
        cwd,
        home,
        network: false,
        userHome: undefined,
      });
      const looks = names.map(
        (name) => `cat ${top}/${name}/home/* ${top}/${name}/home/state/*; echo > ${top}/${name}/home/x`,
      );
      const command = `${looks.join(';')}; cat ${top}/disk/state/*; cat /proc/*/root${top}/data/home/*; echo seen > ${top}/${roots[0]}/seen`;
      const { stdout } = spawnSync(program, [...rest, '/bin/sh', '-c', command], { encoding: 'utf8' });
      expect(stdout, roots.join()).not.toContain('treasure');
      expect(await readFile(join(top, roots[0] ?? '', 'seen'), 'utf8')).toBe('seen\n');
      expect(await readdir(join(top, 'data/home'))).toEqual(['midturn.jsonc', 'state']);
    }
  });

  it('hides the home when a root contains it', async () => {
    const { run, home, root } = await sandboxBench();
    const around = await sandboxBench([join(root, '..')]);
    expect(await around.run(newKey(), { command: `cat ${home.config}` })).toContain('hidden treasure');
    expect(await around.run(newKey(), { command: `cat ${around.home.config}` })).toContain('No such file');
    expect(await run(newKey(), { command: 'true', cwd: '/usr' })).toMatch(
      /^error-text: \/usr is not inside the folders that commands may use/,
    );
  });

  it('has a private temporary folder, home folder and process list', async () => {
    const { run } = await sandboxBench();
    const mark = `/tmp/${randomUUID()}`;
    const command = `test -e ${mark} && echo there; : > ${mark}; mktemp; : > ~/file; ls /proc | grep -c '^[0-9]'`;
    for (let round = 0; round < 2; round++) {
      const output = await run(newKey(), { command });
      expect(output).toMatch(/^text: \/tmp\/tmp\..*\n\d\n\[exit status 0\]$/);
    }
  });

  it('cannot remove the mounts of the sandbox', async () => {
    const { run, home } = await sandboxBench();
    const output = await run(newKey(), {
      command: `umount ${home.root}; unshare -Urm umount ${home.root}; cat ${home.config}; cat /proc/sys/vm/swappiness > /proc/sys/vm/swappiness; grep CapEff /proc/self/status`,
    });
    expect(output).not.toContain('hidden treasure');
    expect(output).toMatch(/CapEff:\s0+\n/);
    expect(output).toMatch(/swappiness: (Read-only file system|Permission denied)/);
  });

  it('reaches the network only when the configuration allows it', async () => {
    const server = createServer((socket) => socket.end('hello\n')).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const command = `exec 3<>/dev/tcp/127.0.0.1/${port} && cat <&3`;
    const closed = await sandboxBench();
    expect(await closed.run(newKey(), { command })).not.toContain('hello');
    const open = await sandboxBench([], true);
    expect(await open.run(newKey(), { command })).toContain('hello');
  });
});

describe('[F3] a job in the sandbox', () => {
  it('reports its exit status and the signal that killed it', async () => {
    const { run } = await sandboxBench();
    expect(await run(newKey(), { command: 'echo $MIDTURN_JOB | wc -c; exit 3' })).toBe(
      'text: 37\n[exit status 3]',
    );
    expect(await run(newKey(), { command: 'kill -KILL $$' })).toContain('exit status 137 (128 + SIGKILL)');
  });

  it.each(['job.json', 'host', 'exit'])(
    'continues when the process that started it dies at %s',
    async (dieAt) => {
      const { run, file, jobsDir, cwd } = await sandboxBench();
      const key = newKey();
      const command = 'echo ran >> effects; echo begun; sleep 0.3; echo done; exit 5';
      await mkdir(join(jobsDir, key));
      await killedAt({ jobsDir, cwd, key, command, dieAt, sandbox: 'bubblewrap' });
      expect(await run(key, { command })).toBe('text: begun\ndone\n[exit status 5]');
      expect(await file('effects')).toBe('ran\n');
    },
  );

  it('can finish its work when it is cancelled', async () => {
    const { start, cwd, processes } = await sandboxBench();
    const key = newKey();
    const job = start(key, { command: 'trap "echo bye; exit 7" TERM; : > up; sleep 100 & wait' });
    await appeared(cwd, 'up');
    job.abort('cancelled');
    expect(await job.output).toMatch(/bye\n\[Cancelled.*exit status 7/);
    expect(await processes(key)).toBe(0);
  });

  it('ends together with its processes, even those that ignore SIGTERM or left the session', async () => {
    const { start, cwd, processes } = await sandboxBench();
    const key = newKey();
    const job = start(key, {
      command: 'setsid env -i sh -c \'trap "" TERM; : > deep; while :; do sleep 1; done\' & wait',
    });
    await appeared(cwd, 'deep');
    expect(await processes(key)).toBeGreaterThanOrEqual(3);
    job.abort('cancelled');
    expect(await job.output).toContain('[Cancelled;');
    expect(await processes(key)).toBe(0);
  });

  it('dies with its job host, and its background processes die with the command', async () => {
    const { start, run, jobsDir, cwd, processes } = await sandboxBench();
    const [killed, left] = [newKey(), newKey()];
    const running = start(killed, { command: 'setsid sleep 100 & : > up; sleep 100' });
    await appeared(cwd, 'up');
    const job = await readJob(jobsDir, killed);
    const host = job && (await readHost(job));
    if (host?.kind !== 'process') throw new Error('no host');
    process.kill(host.pid, 'SIGKILL');
    expect(await running.output).toContain('outcome of this command is unknown');
    await expect.poll(() => processes(killed)).toBe(0);
    expect(await run(left, { command: 'setsid sleep 100 &' })).toContain('exit status 0');
    await expect.poll(() => processes(left)).toBe(0);
  });
});

/** Resolves when the child that runs this order has killed itself. */
async function killedAt(order: Order): Promise<void> {
  const child = fork(join(import.meta.dirname, 'shell-child.ts'));
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'message');
  child.send(order);
  await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
}
