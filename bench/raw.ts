import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { perSecond } from './measure.ts';

const BODY = 'x'.repeat(1000);
const FOR = 1500;

/** Returns the appends of 1 kB per second that the disk allows, each synced. */
export function rawAppends(folder: string): number {
  return withAppends(folder, (append) => repeatWork(1, append));
}

/** Milliseconds that each such append takes, sorted. */
export function rawAppendTimes(folder: string): number[] {
  return withAppends(folder, (append) => {
    const taken: number[] = [];
    repeatWork(1, () => {
      const start = performance.now();
      append();
      taken.push(performance.now() - start);
    });
    return taken.sort((a, b) => a - b);
  });
}

function withAppends<T>(folder: string, work: (append: () => void) => T): T {
  const file = openSync(join(folder, 'raw'), 'w');
  try {
    return work(() => {
      writeSync(file, BODY);
      fdatasyncSync(file);
    });
  } finally {
    closeSync(file);
  }
}

/**
 * Returns the commits per second of node:sqlite with synchronous=FULL and `rows` inserts of 1 kB in each
 * transaction.
 */
export function bareCommits(folder: string, rows: number): number {
  const db = new DatabaseSync(join(folder, `bare-${rows}.db`));
  db.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT)',
  );
  const insert = db.prepare('INSERT INTO t (body) VALUES (?)');
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  try {
    return repeatWork(rows, () => {
      begin.run();
      for (let row = 0; row < rows; row += 1) insert.run(BODY);
      commit.run();
    });
  } finally {
    db.close();
  }
}

function repeatWork(each: number, work: () => void): number {
  const start = performance.now();
  let count = 0;
  let elapsed = 0;
  while (elapsed < FOR) {
    work();
    count += each;
    elapsed = performance.now() - start;
  }
  return perSecond(count, elapsed);
}
