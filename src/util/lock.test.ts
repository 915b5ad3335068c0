import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ExitCode } from '../errors/errors.ts';
import { AlreadyRunningError } from '../errors/supervisor.ts';
import { acquireLock } from './lock.ts';

let root: string;
let path: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'midturn-lock-'));
  path = join(root, 'run', 'lock.db');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

it('[J1] refuses a second process, names the first, and is free again after kill -9', async () => {
  const source = `
    import { acquireLock } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)};
    acquireLock(${JSON.stringify(path)});
    process.stdout.write('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source]);
  try {
    await once(child.stdout, 'data');
    const refusal = attempt(() => acquireLock(path));
    expect(refusal).toBeInstanceOf(AlreadyRunningError);
    expect(refusal).toMatchObject({ pid: child.pid, exitCode: ExitCode.conflict, code: 'already_running' });
    expect(String(refusal)).toContain(`Process ${child.pid} already runs on this home`);
  } finally {
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }
  acquireLock(path).release();
});

it('is refused within one process too, and stays held after a refusal', () => {
  const lock = acquireLock(path);
  expect(() => acquireLock(path)).toThrow(AlreadyRunningError);
  expect(() => acquireLock(path)).toThrow(`Process ${process.pid}`);
  lock.release();
  lock.release();
  acquireLock(path).release();
});

it('[K2] is readable by the owner only', () => {
  const umask = process.umask(0);
  try {
    acquireLock(path).release();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(root, 'run')).mode & 0o777).toBe(0o700);
  } finally {
    process.umask(umask);
  }
});

function attempt(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
