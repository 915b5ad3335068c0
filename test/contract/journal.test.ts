import { rmSync } from 'node:fs';
import { afterAll } from 'vitest';
import { createMemoryJournal } from '../../src/journal/memory/memory.ts';
import { openSqliteJournal } from '../../src/journal/sqlite/open.ts';
import { freshFolder } from './journal/folder.ts';
import { journalContract } from './journal.ts';

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

journalContract('memory', async () => createMemoryJournal());

journalContract('SQLite', () => {
  const folder = freshFolder();
  folders.push(folder);
  return openSqliteJournal(`${folder}/journal.db`);
});
