import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, type TestContext } from 'vitest';
import { createTextContent } from '../../src/core/model/message.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { openSqliteJournal } from '../../src/journal/sqlite/open.ts';
import { createRandom } from '../support/random.ts';

/*
 * A model of the files after a power loss: their content at the last fsync, plus an arbitrary part of the later writes.
 * A write may be missing, may have reached the disk in any of its sectors of 512 bytes, and may end within a sector.
 * The writes between two acknowledgements are found by comparing the files.
 */

const SECTOR = 512;
/** Bytes of the header of the log; SQLite syncs a new header before it writes the first frame after it. */
const HEADER = 32;
const COMMITS = 8;
const IMAGES_PER_COMMIT = 5;

type Files = Record<'journal.db' | 'journal.db-wal', Buffer>;

interface Commit {
  before: Files;
  after: Files;
  /** The ids that were acknowledged before, and the one that was being stored. */
  known: string[];
  next: string;
}

it('[A1] [A7] every acknowledged input survives a power loss that keeps any part of the later writes', async (t) => {
  const seed = Number(process.env['MIDTURN_TEST_SEED'] ?? Date.now() % 1_000_000);
  const random = createRandom(seed);
  const commits = await recordCommits(t);
  let kept = 0;
  for (const [index, commit] of commits.entries()) {
    for (const image of imagesOf(commit, random)) {
      const found = await inputsIn(t, image);
      const where = `seed ${seed}, commit ${index}`;
      expect(found.slice(0, commit.known.length), where).toEqual(commit.known);
      // The last input is stored completely or not at all.
      expect([[], [commit.next]], where).toContainEqual(found.slice(commit.known.length));
      kept += found.length - commit.known.length;
    }
  }
  // The model has both kinds of images.
  expect(kept).toBeGreaterThan(0);
  expect(kept).toBeLessThan(COMMITS * (IMAGES_PER_COMMIT + 2));
});

it('the model detects a journal that does not sync every acknowledged write', async (t) => {
  const commits = await recordCommits(t);
  const { after } = commits[3] ?? fail();
  const { before } = commits[1] ?? fail();
  const lost = { ...after, 'journal.db-wal': before['journal.db-wal'] };
  expect((await inputsIn(t, lost)).length).toBeLessThan(4);
});

/** Returns deliveries of growing size with the files before and after each; half-way the log is checkpointed. */
async function recordCommits(t: TestContext): Promise<Commit[]> {
  const folder = temporaryFolder(t);
  const journal = await openSqliteJournal(join(folder, 'journal.db'));
  const commits: Commit[] = [];
  const known: string[] = [];
  await deliver(journal, 'first', 10);
  known.push('first');
  for (let number = 0; number < COMMITS; number += 1) {
    if (number === COMMITS / 2) checkpoint(folder);
    const before = readFiles(folder);
    const next = `input-${number}`;
    await deliver(journal, next, 200 * 3 ** (number % 5));
    commits.push({ before, after: readFiles(folder), known: [...known], next });
    known.push(next);
  }
  await journal.close();
  return commits;
}

async function deliver(journal: Journal, id: string, size: number): Promise<void> {
  const input = { kind: 'message', id, content: createTextContent('x'.repeat(size)), mode: 'queue' } as const;
  await journal.deliver({ session: 's', agent: 'main', input, at: 1 });
}

/** Moves the log into the database; the next commit starts the log again and overwrites it. */
function checkpoint(folder: string): void {
  const db = new DatabaseSync(join(folder, 'journal.db'));
  db.exec('PRAGMA wal_checkpoint(PASSIVE)');
  db.close();
}

function readFiles(folder: string): Files {
  const read = (name: string) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name)) : Buffer.alloc(0);
  return { 'journal.db': read('journal.db'), 'journal.db-wal': read('journal.db-wal') };
}

function* imagesOf({ before, after }: Commit, random: () => number): Generator<Files> {
  // A commit writes only to the log.
  expect(after['journal.db'].equals(before['journal.db'])).toBe(true);
  yield before;
  yield after;
  for (let image = 0; image < IMAGES_PER_COMMIT; image += 1) {
    // From almost nothing to almost everything.
    const share = (image + 0.5) / IMAGES_PER_COMMIT;
    yield {
      'journal.db': before['journal.db'],
      'journal.db-wal': mixed(before['journal.db-wal'], after['journal.db-wal'], share, random),
    };
  }
}

/** Returns the old file with the new header, some (possibly torn) new sectors, and a length between the two. */
function mixed(before: Buffer, after: Buffer, share: number, random: () => number): Buffer {
  const long = Math.max(before.length, after.length);
  const image = Buffer.alloc(long);
  before.copy(image);
  let end = before.length;
  after.copy(image, 0, 0, HEADER);
  for (let from = 0; from < after.length; from += SECTOR) {
    const to = Math.min(from + SECTOR, after.length);
    if (random() >= share || after.subarray(from, to).equals(image.subarray(from, to))) continue;
    const torn = random() < 0.1 ? from + Math.floor(random() * (to - from)) : to;
    after.copy(image, from, from, torn);
    end = Math.max(end, torn);
  }
  return image.subarray(0, random() < 0.5 ? end : long);
}

async function inputsIn(t: TestContext, files: Files): Promise<string[]> {
  const folder = temporaryFolder(t);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const journal = await openSqliteJournal(join(folder, 'journal.db'));
  try {
    // The journal accepts writes again.
    await deliver(journal, 'later', 10);
    return (await journal.readInbox('s')).map(({ input }) => input.id).filter((id) => id !== 'later');
  } finally {
    await journal.close();
    rmSync(folder, { recursive: true });
  }
}

function temporaryFolder({ onTestFinished }: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'midturn-power-'));
  mkdirSync(folder, { recursive: true });
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function fail(): never {
  throw new Error('there are too few commits');
}
