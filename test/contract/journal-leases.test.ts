import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Journal } from '../../src/journal/journal.ts';
import { openSqliteJournal } from '../../src/journal/sqlite/open.ts';
import { freshFolder } from './journal/folder.ts';

/** Tests of leases and cursors with real processes that die or stand still. */
let folder: string;
let path: string;
let journal: Journal | undefined;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = freshFolder();
  path = `${folder}/journal.db`;
});

afterEach(async () => {
  await journal?.close();
  journal = undefined;
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }
  rmSync(folder, { recursive: true, force: true });
});

it.each([
  ['before', 3, 2],
  ['after', 3, 3],
])(
  '[C7] SIGKILL %s the commit of an advance keeps cursor and inputs together, and the next generation takes the lease',
  async (point, at, cursor) => {
    const child = start({ MIDTURN_TEST_KILL_AT_WRITE: String(at), MIDTURN_TEST_KILL_POINT: point });
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    const next = await succeed();
    expect(await stored()).toEqual({ cursor, inputs: upTo(cursor) });
    await advance(next, cursor + 1);
    expect(await stored()).toEqual({ cursor: cursor + 1, inputs: upTo(cursor) });
  },
);

it('[C7] SIGKILL in the middle of the work loses and repeats nothing, from one generation to the next', async () => {
  for (let round = 1; round <= 3; round += 1) {
    const child = start();
    const [{ generation }] = await once(child, 'message');
    expect(generation).toBe(2 * round - 1);
    await hearChange();
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    await succeed();
    const { cursor, inputs } = await stored();
    expect(inputs).toEqual(upTo(cursor));
    // The next process finds the lease free because this generation ends, too.
    await journal?.closeGeneration(2 * round);
  }
});

it('[C7] a process that stood still while its generation was ended is refused by its next advance', async () => {
  const child = start({ STEPS: 'asked' });
  await once(child, 'message');
  await opened();
  const heard = hearChange();
  child.send('step');
  await heard;
  // Between two writes: a process that stands still within one would hold the store's lock.
  child.kill('SIGSTOP');
  const next = await succeed();
  const refused = once(child, 'message');
  child.send('step');
  child.kill('SIGCONT');
  expect(await refused).toEqual([{ refused: 'lease_not_held' }, undefined]);
  expect(await stored()).toEqual({ cursor: 1, inputs: ['1'] });
  expect(await journal?.findLeaseHolder('slack')).toBe(next);
});

function start(env: Record<string, string> = {}): ChildProcess {
  const child = fork(new URL('./journal/leasing-child.ts', import.meta.url), [path], {
    execArgv: [],
    env: { ...process.env, MIDTURN_TEST_FAULTS: '1', ...env },
  });
  children.push(child);
  return child;
}

async function opened(): Promise<Journal> {
  journal ??= await openSqliteJournal(path);
  return journal;
}

/** Resolves when the child has stored another input. */
async function hearChange(): Promise<void> {
  const watched = await opened();
  await new Promise<void>((resolve) => {
    const stop = watched.watch(() => {
      stop();
      resolve();
    });
  });
}

/** Opens the next generation, ends the earlier ones and takes the lease; resolves with its number. */
async function succeed(): Promise<number> {
  const taken = await opened();
  const generation = await taken.openGeneration({ version: 'test', pid: process.pid });
  await taken.endEarlierGenerations(generation, []);
  await taken.acquireLease('slack', generation);
  return generation;
}

async function advance(generation: number, position: number): Promise<void> {
  const lease = { name: 'slack', generation };
  await (await opened()).advanceCursor({ consumer: 'slack', position, lease });
}

async function stored() {
  const from = await opened();
  const inputs = (await from.readInbox('s')).map(({ input }) => input.id);
  return { cursor: await from.readCursor('slack'), inputs };
}

function upTo(last: number): string[] {
  return Array.from({ length: last }, (_, index) => String(index + 1));
}
