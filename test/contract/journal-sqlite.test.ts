import {
  chmodSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInitialState } from '../../src/core/model/state.ts';
import {
  DamagedSessionError,
  ExitCode,
  JournalUnavailableError,
  StoreFormatError,
} from '../../src/errors/errors.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { openSqliteJournal } from '../../src/journal/sqlite/open.ts';
import { LONGEST_ROW } from '../../src/journal/sqlite/store/blob-files.ts';
import { latestFormat } from '../../src/journal/sqlite/store/migrate.ts';
import { freshFolder } from './journal/folder.ts';
import {
  claimSession,
  createBatch,
  createBlob,
  createDelivery,
  createMessage,
  createNote,
  createNotes,
  openTestGeneration,
} from './journal/given.ts';

/** Tests that are specific to SQLite and not part of the port's contract: files, processes, damage and full disks. */
let folder: string;
let path: string;
let open: Journal[];

beforeEach(() => {
  folder = freshFolder();
  path = `${folder}/state/journal.db`;
  open = [];
});

afterEach(async () => {
  await Promise.all(open.map((journal) => journal.close()));
  rmSync(folder, { recursive: true, force: true });
});

async function opened(options?: Parameters<typeof openSqliteJournal>[1]): Promise<Journal> {
  const journal = await openSqliteJournal(path, options);
  open.push(journal);
  return journal;
}

function edit(sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

it('[A6] a restart keeps everything', async () => {
  const first = await opened();
  const one = await claimSession(first, 's');
  await first.append(createBatch('s', one, { events: createNotes(1, 3), status: 'waiting', wakeAt: 5 }));
  await first.saveSnapshot('s', { ...createInitialState(), seq: 2 });
  await first.putBlob(createBlob('b', Uint8Array.of(1, 2)));
  await first.putBlob(createBlob('long', new Uint8Array(100_000).fill(7)));
  const ids = Array.from({ length: 20 }, (_, index) => `i${index}`);
  await Promise.all(ids.map((id) => first.deliver(createDelivery('s', id))));
  const row = await first.findSession('s');
  await first.close();
  const second = await opened();
  expect(second.store).toBe(first.store);
  expect(await second.findSession('s')).toEqual(row);
  expect(await second.loadSession('s')).toMatchObject({ snapshot: { seq: 2 }, events: [createNote(3)] });
  expect((await second.readInbox('s')).map(({ input }) => input.id)).toEqual(['first', ...ids]);
  expect(await second.readBlob('b', 0, 2)).toEqual(Uint8Array.of(1, 2));
  expect(await second.readBlob('long', 99_998, 9)).toEqual(Uint8Array.of(7, 7));
  expect(await second.deliver(createDelivery('s', 'i7'))).toMatchObject({ seq: 3, duplicate: true });
  expect(await openTestGeneration(second)).toBe(one + 1);
});

it('[I1] a reader that follows the feed sees every event of two processes once, in order, and none later', async () => {
  const writers = [await opened(), await opened()];
  const reader = await opened();
  const rounds = 40;
  const written = Promise.all(
    writers.map(async (journal, index) => {
      const session = `s${index}`;
      const one = await claimSession(journal, session);
      for (let seq = 1; seq <= rounds; seq += 1) {
        await journal.append(createBatch(session, one, { events: [createNote(seq)] }));
      }
    }),
  );
  const heard = heardBy(reader);
  const seen: string[] = [];
  for (let after = 0; seen.length < 2 * rounds; ) {
    const { events, next } = await reader.readFeed({ after, limit: 7 });
    // Positions leave no room for an event that would become visible later.
    expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => after + index + 1));
    seen.push(...events.map(({ session, event }) => `${session} ${event.seq}`));
    after = next;
    if (events.length === 0) await heard.next();
  }
  await written;
  for (const session of ['s0', 's1']) {
    const seqs = createNotes(1, rounds).map(({ seq }) => `${session} ${seq}`);
    expect(seen.filter((each) => each.startsWith(session))).toEqual(seqs);
  }
});

it('a filtered read of the feed looks at a limited stretch and says how far it came', async () => {
  const journal = await opened();
  const one = await claimSession(journal, 's');
  await journal.append(createBatch('s', one, { events: createNotes(1, 4_500) }));
  const query = { limit: 10, prefix: 'none' };
  expect(await journal.readFeed({ ...query, after: 0 })).toEqual({ events: [], next: 2_000, end: 4_500 });
  expect(await journal.readFeed({ ...query, after: 4_000 })).toEqual({ events: [], next: 4_500, end: 4_500 });
});

it('a long blob has a private file of its own; what a broken upload left behind is removed after a while', async () => {
  const journal = await opened();
  await journal.putBlob(createBlob('row', new Uint8Array(LONGEST_ROW)));
  await journal.putBlob(createBlob('long', new Uint8Array(LONGEST_ROW + 1)));
  const files = () => readdirSync(`${folder}/state/blobs`);
  expect(files()).toHaveLength(1);
  expect(statSync(`${folder}/state/blobs`).mode & 0o777).toBe(0o700);
  expect(statSync(`${folder}/state/blobs/${files()[0]}`).mode & 0o777).toBe(0o600);
  async function* broken() {
    yield new Uint8Array(LONGEST_ROW + 1);
    throw new Error('the sender left');
  }
  await expect(journal.putBlob(createBlob('broken', broken()))).rejects.toThrow('the sender left');
  expect(files()).toHaveLength(1);
  writeFileSync(`${folder}/state/blobs/of-a-killed-process`, 'half');
  await journal.removeUnusedBlobs(0);
  expect(files()).toHaveLength(2);
  await journal.removeUnusedBlobs(Date.now() + 60_000);
  expect(files()).toEqual([]);
  expect(await journal.findBlob('long')).toBeUndefined();
});

it('[A2] a blob that the disk does not take is refused as the journal refuses, and leaves nothing', async () => {
  const journal = await opened();
  writeFileSync(`${folder}/state/blobs`, 'a file where the folder would be');
  await expect(journal.putBlob(createBlob('long', new Uint8Array(100_000)))).rejects.toMatchObject({
    code: 'journal_unavailable',
    details: { accepted: false },
  });
  expect(await journal.findBlob('long')).toBeUndefined();
});

it('each store has its own id', async () => {
  const one = await opened();
  path = `${folder}/other.db`;
  expect((await opened()).store).not.toBe(one.store);
});

it('[A1] two processes on one file see each other through watch, and fence each other', async () => {
  const [here, there] = [await opened(), await opened()];
  const one = await claimSession(here, 's');
  const heard = heardBy(there);
  await here.deliver(createDelivery('s', 'second'));
  expect(await heard.next()).toBe('s');
  await here.append(createBatch('s', one, { events: [createNote(1)] }));
  expect(await heard.next()).toBe('s');
  const heardHere = heardBy(here);
  await there.deliver(createDelivery('t', 'x'));
  expect(await heardHere.next()).toBe('t');
  const two = await openTestGeneration(there);
  await there.endEarlierGenerations(two, []);
  await there.claimSession('s', two);
  await expect(here.append(createBatch('s', one, { events: [createNote(2)] }))).rejects.toMatchObject({
    code: 'fenced',
  });
  await there.append(createBatch('s', two, { events: [createNote(2)] }));
  expect((await here.loadSession('s')).events).toEqual(createNotes(1, 2));
});

it('a write of another process right after the opening is notified', async () => {
  const journal = await opened();
  const heard = heardBy(journal);
  // The writer thread has not started yet; it must not treat this write as old.
  edit(`INSERT INTO sessions (name, agent, created_at, updated_at) VALUES ('s', 'main', 1, 1);
        INSERT INTO inbox (session, input, seq, at, v) VALUES (1, 'a', 0, 1, 1)`);
  expect(await heard.next()).toBe('s');
});

it('a change by another process is notified once, and kept apart from our own', async () => {
  const [here, there] = [await opened(), await opened()];
  const heard: string[] = [];
  here.watch((session) => heard.push(session));
  await here.deliver(createDelivery('mine', 'a'));
  await there.deliver(createDelivery('theirs', 'a'));
  await here.deliver(createDelivery('mine', 'b'));
  expect(heard.sort()).toEqual(['mine', 'mine', 'theirs']);
});

describe('[B7] a damaged session', () => {
  const damages = {
    'unreadable JSON': ['UPDATE events SET body = \'{"text": \' WHERE seq = 2', 'not readable JSON'],
    'a newer version': ['UPDATE events SET v = 99 WHERE seq = 2', 'has version 99'],
    'an unknown event': ["UPDATE events SET type = 'dreamt' WHERE seq = 2", '"dreamt" is unknown'],
  } as const;
  for (const [name, [sql, reason]] of Object.entries(damages)) {
    it(`with ${name} cannot be loaded, shows its readable events, and affects no other session`, async () => {
      const journal = await opened();
      const one = await claimSession(journal, 's');
      await journal.append(createBatch('s', one, { events: createNotes(1, 3) }));
      await journal.deliver(createDelivery('other', 'x'));
      edit(sql);
      await expect(journal.loadSession('s')).rejects.toThrow(DamagedSessionError);
      await expect(journal.loadSession('s')).rejects.toThrow(reason);
      const damaged = { seq: 2, at: 1002, type: 'damaged', reason: expect.stringContaining(reason) };
      expect(await journal.readEvents('s', 0, 10)).toEqual([createNote(1), damaged, createNote(3)]);
      expect((await journal.loadSession('other')).events).toEqual([]);
    });
  }

  for (const seq of [1, 2, 3]) {
    it(`without event ${seq} of 3 cannot be loaded`, async () => {
      const journal = await opened();
      const one = await claimSession(journal, 's');
      await journal.append(createBatch('s', one, { events: createNotes(1, 3) }));
      edit(`DELETE FROM events WHERE seq = ${seq}`);
      await expect(journal.loadSession('s')).rejects.toThrow(`event ${seq} is missing`);
    });
  }

  it('with an unreadable input names that input', async () => {
    const journal = await opened();
    await journal.deliver(createDelivery('s', 'a'));
    edit('UPDATE inbox SET v = 99');
    await expect(journal.readInbox('s')).rejects.toThrow(DamagedSessionError);
  });

  it('does not fail other writes of the same batch', async () => {
    const journal = await opened();
    const one = await claimSession(journal, 's');
    await journal.append(createBatch('s', one, { events: createNotes(1, 3) }));
    // The next event's position is taken although the session does not know it.
    edit('UPDATE sessions SET seq = 2');
    const [bad, good] = await Promise.allSettled([
      journal.append(createBatch('s', one, { events: [createNote(3)] })),
      journal.deliver(createDelivery('other', 'x')),
    ]);
    expect(bad.status).toBe('rejected');
    expect(good.status).toBe('fulfilled');
  });
});

it('an unreadable snapshot is ignored', async () => {
  const journal = await opened();
  const one = await claimSession(journal, 's');
  await journal.append(createBatch('s', one, { events: createNotes(1, 3) }));
  await journal.saveSnapshot('s', { ...createInitialState(), seq: 3 });
  for (const body of ['{', 'null', '[]']) {
    edit(`UPDATE snapshots SET body = '${body}'`);
    expect(await journal.loadSession('s')).toEqual({ snapshot: undefined, events: createNotes(1, 3) });
  }
});

it('[J6] a store of a newer release is refused and left alone', async () => {
  await (await opened()).close();
  edit('PRAGMA user_version = 99');
  const refused = openSqliteJournal(path);
  await expect(refused).rejects.toThrow(StoreFormatError);
  await expect(refused).rejects.toThrow(`has format 99; this release reads formats up to ${latestFormat()}`);
  await expect(refused).rejects.toMatchObject({ exitCode: ExitCode.config });
});

it('[J6] a file that is not a journal is refused', async () => {
  path = `${folder}/journal.db`;
  writeFileSync(path, 'This is a diary, not a journal. '.repeat(100));
  await expect(openSqliteJournal(path)).rejects.toThrow(StoreFormatError);
  path = `${folder}/other.db`;
  edit('CREATE TABLE somebody (elses TEXT)');
  await expect(openSqliteJournal(path)).rejects.toThrow('tables that are not a Midturn journal');
});

it('[J9] a store that cannot be opened now is distinguished from a damaged one', async () => {
  await (await opened()).close();
  renameSync(path, `${path}.away`);
  mkdirSync(path);
  await expect(openSqliteJournal(path)).rejects.toMatchObject({ exitCode: ExitCode.tryAgain });
  rmSync(path, { recursive: true });
  renameSync(`${path}.away`, path);
  // The first page stays, the pages that it refers to are lost.
  truncateSync(path, 4096);
  const damaged = await openSqliteJournal(path).catch((error: Error) => error);
  expect(damaged).toMatchObject({ message: 'database disk image is malformed' });
  expect(damaged).not.toHaveProperty('exitCode');
});

it('[A2] [J9] a write is refused while the disk is full, and accepted afterwards', async () => {
  const journal = await opened({ busyTimeout: 20 });
  await journal.deliver(createDelivery('s', 'a'));
  const other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  const refused = await Promise.allSettled(['b', 'c'].map((id) => journal.deliver(createDelivery('s', id))));
  for (const result of refused) {
    expect(result).toMatchObject({
      status: 'rejected',
      reason: { code: 'journal_unavailable', status: 503 },
    });
  }
  other.exec('ROLLBACK');
  other.close();
  expect(await journal.deliver(createDelivery('s', 'b'))).toMatchObject({ duplicate: false });
  expect((await journal.readInbox('s')).map(({ input }) => input)).toEqual([
    createMessage('a'),
    createMessage('b'),
  ]);
});

it('a closed journal refuses requests, and completes earlier ones', async () => {
  const journal = await opened();
  const last = journal.deliver(createDelivery('s', 'a'));
  await journal.close();
  await last;
  await expect(journal.deliver(createDelivery('s', 'b'))).rejects.toThrow(JournalUnavailableError);
  await journal.close();
  expect(await (await opened()).readInbox('s')).toHaveLength(1);
});

it('[K2] files and folders are accessible only to the owner, whatever the umask and the former mode', async () => {
  const umask = process.umask(0);
  try {
    const journal = await opened();
    await journal.deliver(createDelivery('s', 'a'));
    for (const suffix of ['', '-wal', '-shm']) expect(statSync(path + suffix).mode & 0o777).toBe(0o600);
    expect(statSync(`${folder}/state`).mode & 0o777).toBe(0o700);
    await journal.close();
    chmodSync(path, 0o644);
    await opened();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  } finally {
    process.umask(umask);
  }
});

interface Heard {
  next(): Promise<string>;
}

/** Collects notifications, so that a test can wait for them one by one. */
function heardBy(journal: Journal): Heard {
  const heard: string[] = [];
  let wake = () => {};
  journal.watch((session) => {
    heard.push(session);
    wake();
  });
  return {
    async next() {
      while (heard.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return heard.shift() ?? '';
    },
  };
}
