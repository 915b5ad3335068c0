import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSqliteJournal } from '../../src/journal/sqlite/open.ts';
import { limitFileSize } from '../support/limit-file-size.ts';
import { freshFolder } from './journal/folder.ts';
import type { Written } from './journal/writing-child.ts';

let folder: string;
let path: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = freshFolder();
  path = `${folder}/journal.db`;
});

afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }
  rmSync(folder, { recursive: true, force: true });
});

it.runIf(process.platform === 'linux')(
  '[J9] a full disk refuses truthfully, loses nothing acknowledged, and serves again when there is space',
  async () => {
    const writer = await startChild();
    limitFileSize(writer.pid ?? 0, '1000000');
    const full = await write(writer, 1000);
    expect(full.refusal).toBe('journal_unavailable');
    expect(full.acknowledged.length).toBeGreaterThan(10);
    expect(await write(writer, 1)).toEqual({ acknowledged: [], refusal: 'journal_unavailable' });
    limitFileSize(writer.pid ?? 0, 'unlimited');
    const after = await write(writer, 3);
    expect(after.refusal).toBeUndefined();
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    expect(await stored()).toEqual([...full.acknowledged, ...after.acknowledged]);
  },
);

it.each([
  ['after', ['1', '2', '3']],
  ['before', ['1', '2']],
])('a crash %s the commit of the third write leaves exactly what was committed', async (point, expected) => {
  const writer = await startChild({ MIDTURN_TEST_KILL_AT_WRITE: '3', MIDTURN_TEST_KILL_POINT: point });
  writer.send(10);
  expect(await once(writer, 'exit')).toEqual([null, 'SIGKILL']);
  expect(await stored()).toEqual(expected);
});

async function startChild(env: Record<string, string> = {}): Promise<ChildProcess> {
  child = fork(new URL('./journal/writing-child.ts', import.meta.url), [path], {
    execArgv: [],
    env: { ...process.env, MIDTURN_TEST_FAULTS: '1', ...env },
  });
  await once(child, 'message');
  return child;
}

async function write(writer: ChildProcess, count: number): Promise<Written> {
  writer.send(count);
  const [written] = await once(writer, 'message');
  return written;
}

async function stored(): Promise<string[]> {
  const journal = await openSqliteJournal(path);
  const inbox = await journal.readInbox('s');
  await journal.close();
  return inbox.map(({ input }) => input.id);
}
