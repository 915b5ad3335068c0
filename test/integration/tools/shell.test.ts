import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { SETTLE_LIMIT } from '../../../src/tools/port/tool.ts';
import { readBootId, readUptime } from '../../../src/tools/shell/job/boot.ts';
import { createJob, readHost, readJob } from '../../../src/tools/shell/job/job.ts';
import { removeOldJobs } from '../../../src/tools/shell/job/reap.ts';
import { endProcesses } from '../../../src/tools/shell/job/stop.ts';
import { createShellTool } from '../../../src/tools/shell/shell.ts';
import { appeared, shellBench, textOf } from './shell-bench.ts';

const newKey = () => randomUUID();

describe('a command', () => {
  it('[F3] returns both streams and the exit status', async () => {
    const { run } = await shellBench();
    expect(await run(newKey(), { command: 'echo out; echo err >&2' })).toBe(
      'text: out\nerr\n[exit status 0]',
    );
    expect(await run(newKey(), { command: 'printf x; exit 3' })).toBe('text: x\n[exit status 3]');
    expect(await run(newKey(), { command: 'cat; true' })).toBe('text: [exit status 0]');
  });

  it('names the signal that a status may stand for, without claiming a kill', async () => {
    const { run } = await shellBench();
    expect(await run(newKey(), { command: 'exit 137' })).toBe('text: [exit status 137 (128 + SIGKILL)]');
    expect(await run(newKey(), { command: 'exit 255' })).toBe('text: [exit status 255]');
    expect(await run(newKey(), { command: 'kill -KILL $$' })).toContain('exit status 137 (128 + SIGKILL)');
  });

  it('runs a command that starts with a dash, and one with CRLF line ends', async () => {
    const { run } = await shellBench();
    expect(await run(newKey(), { command: '-n foo' })).toContain('-n: command not found\n[exit status 127]');
    const command = 'if true; then\r\n  echo yes\r\nfi\r\n';
    expect(await run(newKey(), { command })).toBe('text: yes\n[exit status 0]');
    expect(await run(newKey(), { command: "printf 'a\r\nb\n'\n" })).toBe('text: a\r\nb\n[exit status 0]');
  });

  it('reports the output before the runner stops waiting, however long the processes take to end', async () => {
    const { config, jobsDir, home } = await shellBench();
    const tool = createShellTool(config, { jobsDir, home, roots: [] }, { grace: 60_000, poll: 100 });
    const key = newKey();
    onTestFinished(async () => {
      const job = await readJob(jobsDir, key);
      if (job) await endProcesses(job, 0);
    });
    const { signal } = new AbortController();
    const input = { command: 'trap "" TERM; echo progress; while :; do sleep 1; done', timeout: '100ms' };
    const started = performance.now();
    const output = await tool.run(input, { session: 's', call: '1.1', key, attempt: 1, signal });
    expect(performance.now() - started).toBeLessThan(SETTLE_LIMIT + 100);
    expect(textOf(output)).toBe(
      'error-text: progress\n[Time limit of 0.1 s reached; the command and the processes it started were told to end and may not all be gone yet]',
    );
  });

  it('[I2] tells its last complete line while it runs', async () => {
    const { config, jobsDir, home } = await shellBench();
    const tool = createShellTool(config, { jobsDir, home, roots: [] }, { grace: 1_000, poll: 20 });
    const told: string[] = [];
    const { signal } = new AbortController();
    // The command ends once the line was told; the rest of a line that has no end must not be.
    const command = 'echo first; printf "half of a sec"; until [ -e go ]; do sleep 0.02; done; echo ret';
    const about = { session: 's', call: '1.1', key: newKey(), attempt: 1, signal };
    const output = await tool.run(
      { command },
      {
        ...about,
        report(line) {
          told.push(line);
          void writeFile(join(config.cwd, 'go'), '');
        },
      },
    );
    expect(textOf(output)).toContain('first\nhalf of a secret');
    expect(told[0]).toBe('first');
    expect(told).not.toContain('half of a sec');
  });

  it('treats null as an argument that is not given', async () => {
    const { run } = await shellBench();
    expect(await run(newKey(), { command: 'echo hi', cwd: null, timeout: null })).toBe(
      'text: hi\n[exit status 0]',
    );
    expect(await run(newKey(), { command: null })).toContain('"command"');
  });

  it('[F5] does not print binary output, and prints text with a few invalid bytes', async () => {
    const { run } = await shellBench();
    expect(await run(newKey(), { command: 'head -c 90000 /dev/urandom' })).toMatch(
      /^text: \[binary output of 90000 bytes, not shown;.*\]\n\[exit status 0\]$/,
    );
    expect(await run(newKey(), { command: "printf 'one.txt\\0two.txt\\0gr\\374n.txt'" })).toBe(
      'text: one.txt\ufffdtwo.txt\ufffdgr\ufffdn.txt\n[exit status 0]',
    );
    expect(await run(newKey(), { command: 'printf ä; exit 1' })).toBe('text: ä\n[exit status 1]');
  });

  it('starts in the given folder, and does not start when the folder is missing', async () => {
    const { run, cwd } = await shellBench();
    await mkdir(join(cwd, 'sub'), { recursive: true });
    expect(await run(newKey(), { command: 'pwd', cwd: 'sub' })).toContain(join(cwd, 'sub'));
    expect(await run(newKey(), { command: 'pwd', cwd: 'no' })).toMatch(
      /^error-text: There is no folder .*no /,
    );
  });

  it('[K4] sees a clean environment, and the job folder has no configured values', async () => {
    vi.stubEnv('DAEMON_SECRET', 'hunter2');
    const { run, jobsDir } = await shellBench({ env: { TOKEN: 'swordfish', PATH: '/bin:/usr/bin' } });
    const key = newKey();
    const output = await run(key, { command: 'env' });
    vi.unstubAllEnvs();
    expect(output).toContain('TOKEN=swordfish');
    expect(output).toContain('TERM=dumb');
    expect(output).toContain('PATH=/bin:/usr/bin\n');
    expect(output).not.toContain('hunter2');
    expect(await readFile(join(jobsDir, key, 'job.json'), 'utf8')).not.toContain('swordfish');
  });

  it('[F1] declares a resumable write; an error about invalid arguments names the field', async () => {
    const { run } = await shellBench();
    expect(await run(newKey(), { command: 1 })).toMatch(/^error-text: The arguments of shell.*"command"/);
    expect(await run(newKey(), { command: 'true', timeout: 'soon' })).toMatch(/"timeout": must be a number/);
    expect(await run(newKey(), { command: 'true', timeout: '2s' })).toContain('exit status 0');
  });
});

describe('limits', () => {
  it('[F6] ends a command at its time limit, including children that ignore SIGTERM or left the session', async () => {
    const { run, processes } = await shellBench();
    const key = newKey();
    const tree =
      "echo begun; (trap '' TERM; while :; do sleep 1; done) & setsid sleep 100 & setsid env -i sleep 100 & wait";
    const output = await run(key, { command: tree, timeout: 0.6 });
    expect(output).toMatch(/^error-text: begun\n\[Time limit of 0\.6 s reached; .* were ended/);
    expect(await processes(key)).toBe(0);
  });

  it('[F6] counts the time limit from the first start, across processes', async () => {
    const { start, cwd } = await shellBench();
    await mkdir(cwd, { recursive: true });
    const key = newKey();
    const first = start(key, { command: ': > up; sleep 30', timeout: '700ms' });
    await appeared(cwd, 'up');
    first.abort('detach');
    await first.output;
    const begun = performance.now();
    expect(await start(key, { command: 'sleep 30' }).output).toContain('Time limit of 0.7 s');
    expect(performance.now() - begun).toBeLessThan(3_000);
  });

  it('[F6] ends a command that prints endlessly', async () => {
    const { run, processes } = await shellBench({ outputLimit: 50_000 });
    const key = newKey();
    const output = await run(key, { command: 'yes' });
    expect(output).toContain('Output limit of 50000 bytes exceeded');
    expect(output.length).toBeLessThan(51_000);
    expect(await processes(key)).toBe(0);
  });
});

describe('cancelling', () => {
  it('[F3] ends the whole process tree and returns what was printed', async () => {
    const { start, processes, jobsDir, cwd } = await shellBench();
    const key = newKey();
    const tree = 'setsid sh -c \'trap "" TERM; : > deep; while :; do sleep 1; done\' & echo here; wait';
    await mkdir(cwd, { recursive: true });
    const job = start(key, { command: tree });
    await appeared(cwd, 'deep');
    expect(await processes(key)).toBeGreaterThanOrEqual(3);
    job.abort('cancelled');
    expect(await job.output).toMatch(/^error-text: here\n\[Cancelled; .* were ended/);
    expect(await processes(key)).toBe(0);
    expect(await readdir(join(jobsDir, key))).toContain('stop');
  });

  it('lets a command that handles SIGTERM finish its work', async () => {
    const { start, cwd } = await shellBench();
    await mkdir(cwd, { recursive: true });
    const job = start(newKey(), { command: 'trap "echo bye; exit 7" TERM; : > up; sleep 100 & wait' });
    await appeared(cwd, 'up');
    job.abort('cancelled');
    expect(await job.output).toMatch(/bye\n\[Cancelled.*exit status 7/);
  });

  it('[F3] adopts a running job and ends it when the signal is already aborted', async () => {
    const { start, processes, cwd } = await shellBench();
    await mkdir(cwd, { recursive: true });
    const key = newKey();
    const first = start(key, { command: ': > up; sleep 100' });
    await appeared(cwd, 'up');
    first.abort('detach');
    await first.output;
    expect(await processes(key)).toBeGreaterThan(0);
    const aborted = new AbortController();
    aborted.abort('cancelled');
    expect(await start(key, { command: ': > up; sleep 100' }, aborted).output).toContain('[Cancelled;');
    expect(await processes(key)).toBe(0);
  });

  it('starts neither a new nor a recorded job when the signal is already aborted', async () => {
    const { start, jobsDir, cwd, config } = await shellBench();
    await mkdir(cwd, { recursive: true });
    const key = newKey();
    const aborted = new AbortController();
    aborted.abort('cancelled');
    expect(await start(key, { command: ': > up' }, aborted).output).toContain('Not started: cancelled');
    await createJob(jobsDir, key, await recordOf(config.cwd, ': > up'));
    expect(await start(key, { command: ': > up' }, aborted).output).toContain('never started');
    expect(await start(key, { command: ': > up' }).output).toContain('never started');
    expect(await readdir(cwd)).toEqual([]);
  });
});

describe('a job without an exit report', () => {
  it('[F1] is reported as unknown when its host was killed', async () => {
    const { start, jobsDir, cwd } = await shellBench();
    await mkdir(cwd, { recursive: true });
    const key = newKey();
    const running = start(key, { command: 'echo some; : > up; sleep 100' });
    await appeared(cwd, 'up');
    const job = await readJob(jobsDir, key);
    const host = job && (await readHost(job));
    if (host?.kind !== 'process') throw new Error('no host');
    process.kill(-host.pid, 'SIGKILL');
    const output = await running.output;
    expect(output).toMatch(
      /^error-text: some\n\[The outcome of this command is unknown: it was started at 20/,
    );
  });

  it('[F1] is not started again after a reboot', async () => {
    const { run, jobsDir, cwd } = await shellBench();
    await mkdir(cwd, { recursive: true });
    const key = newKey();
    await createJob(jobsDir, key, { ...(await recordOf(cwd, ': > up')), boot: 'another' });
    expect(await run(key, { command: ': > up' })).toContain('outcome of this command is unknown');
    expect(await readdir(cwd)).toEqual([]);
  });

  it('a reused pid is neither taken for the host nor signalled', async () => {
    const { start, jobsDir, cwd } = await shellBench();
    await mkdir(cwd, { recursive: true });
    const key = newKey();
    const { folder } = await createJob(jobsDir, key, await recordOf(cwd, 'true'));
    await writeFile(join(folder, 'host'), `${process.pid} 1\n`);
    const cancelled = new AbortController();
    expect(await start(key, { command: 'true' }, cancelled).output).toContain(
      'outcome of this command is unknown',
    );
    cancelled.abort('cancelled');
    expect(await start(key, { command: 'true' }, cancelled).output).toContain('[Cancelled');
  });
});

describe('old jobs', () => {
  it('are removed when they have ended and their results are in the journal', async () => {
    const { run, start, jobsDir, cwd } = await shellBench();
    await mkdir(cwd, { recursive: true });
    const [over, needed, running, young] = ['over', 'needed', 'running', 'young'].map(
      (name) => name + newKey(),
    );
    if (!over || !needed || !running || !young) throw new Error('keys');
    for (const key of [over, needed, young]) await run(key, { command: 'true' });
    const job = start(running, { command: ': > up; sleep 100' });
    await appeared(cwd, 'up');
    const past = new Date(Date.now() - 60_000);
    for (const key of [over, needed, running]) await utimes(join(jobsDir, key), past, past);
    const asked: unknown[] = [];
    const isLive = (key: string, session: string | undefined) => {
      asked.push(session);
      return key === needed;
    };
    expect(await removeOldJobs(jobsDir, isLive, 30_000)).toEqual([over]);
    expect(asked).toEqual(['s', 's', 's']);
    expect((await readdir(jobsDir)).sort()).toEqual([needed, running, young].sort());
    job.abort('cancelled');
    await job.output;
    await rm(jobsDir, { recursive: true });
    expect(await removeOldJobs(jobsDir, () => false, 0)).toEqual([]);
  });
});

async function recordOf(cwd: string, command: string) {
  return {
    format: 1 as const,
    command,
    cwd,
    interpreter: '/bin/sh',
    env: [],
    createdAt: Date.now(),
    timeout: 30_000,
    createdUptime: readUptime(),
    boot: await readBootId(),
  };
}
