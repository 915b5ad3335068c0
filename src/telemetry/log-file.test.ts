import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogFile, listRotatedLogs, openLogFile } from './log-file.ts';

let folder: string;
let path: string;
let now: number;
const size = { maxSize: 100, maxAge: 1e12, keep: 2 };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'midturn-log-'));
  path = join(folder, 'midturn.log');
  now = Date.now();
});

afterEach(() => rmSync(folder, { recursive: true }));

const open = () => new LogFile(path, () => now);

/** Sets the clock to a second later, when every process checks the file again. */
function later(): void {
  now += 1001;
}

describe('a log file', () => {
  it('is rotated when it is too large, and both processes continue in the new one', () => {
    const [supervisor, generation] = [open(), open()];
    writeSync(generation.currentFd(), 'x'.repeat(100));
    supervisor.rotateIfDue(size);
    writeSync(generation.currentFd(), 'still the former file\n');
    later();
    writeSync(supervisor.currentFd(), 'supervisor\n');
    writeSync(generation.currentFd(), 'generation\n');
    expect(readFileSync(path, 'utf8')).toBe('supervisor\ngeneration\n');
    expect(readFileSync(`${path}.1`, 'utf8')).toBe(`${'x'.repeat(100)}still the former file\n`);
    expect(statSync(path).mode & 0o077).toBe(0);
  });

  it('stays while it is small and young, and is rotated when it is old', () => {
    const log = open();
    log.rotateIfDue({ ...size, maxAge: 0 });
    expect(existsSync(`${path}.1`)).toBe(false);
    writeSync(log.currentFd(), 'one\n');
    log.rotateIfDue({ ...size, maxAge: 60_000 });
    expect(existsSync(`${path}.1`)).toBe(false);
    now += 61_000;
    log.rotateIfDue({ ...size, maxAge: 60_000 });
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('one\n');
  });

  it.each([0, 1, 2])('keeps %d rotated files', (keep) => {
    const log = open();
    for (const text of ['first', 'second', 'third', 'fourth']) {
      later();
      writeSync(log.currentFd(), text.padEnd(100));
      log.rotateIfDue({ ...size, keep });
    }
    const kept = listRotatedLogs(path).map((each) => readFileSync(each.path, 'utf8').trim());
    expect(kept).toEqual(['fourth', 'third'].slice(0, keep));
  });

  it('deletes rotated files beyond a reduced limit, and no file of another name', () => {
    for (const name of ['1', '2', '3', '7', 'old', '1.gz']) writeFileSync(`${path}.${name}`, name);
    const log = open();
    writeSync(log.currentFd(), 'x'.repeat(100));
    log.rotateIfDue({ ...size, keep: 2 });
    expect(listRotatedLogs(path).map(({ number }) => number)).toEqual([1, 2]);
    expect(existsSync(`${path}.old`) && existsSync(`${path}.1.gz`)).toBe(true);
  });

  it('is recognised by its descriptor, even when it was just rotated', () => {
    const log = open();
    writeSync(log.currentFd(), 'x'.repeat(100));
    expect(openLogFile(log.currentFd(), path)).not.toBeNull();
    log.rotateIfDue(size);
    const former = log;
    expect(openLogFile(former.currentFd(), path)).not.toBeNull();
    expect(openLogFile(0, join(folder, 'other.log'))).toBeNull();
  });
});
