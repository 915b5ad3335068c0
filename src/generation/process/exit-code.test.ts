import { expect, it } from 'vitest';
import { JournalUnavailableError, StoreFormatError } from '../../errors/errors.ts';
import { StoreUnavailableError } from '../../errors/journal.ts';
import { exitCodeOf } from './exit-code.ts';

it.each([
  [75, 'the store cannot be opened now', new StoreUnavailableError('/srv/journal.db', 'disk I/O error')],
  [75, 'its first write is refused', new JournalUnavailableError('database or disk is full')],
  [75, 'there is no space for a folder', Object.assign(new Error('no space'), { code: 'ENOSPC' })],
  [1, 'the store is damaged', new JournalUnavailableError('malformed', { damaged: true })],
  [1, 'a file is where a folder should be', Object.assign(new Error('exists'), { code: 'EEXIST' })],
  [1, 'of a mistake', new TypeError('undefined is not a function')],
  [78, 'the store is of a newer release', new StoreFormatError('/srv/journal.db', 'format 99', 3)],
])('[J9] [J3] a generation exits with %i when %s', (code, _, error) => {
  expect(exitCodeOf(error)).toBe(code);
});
