import { expect, it } from 'vitest';
import { formatTable } from './table.ts';
import { formatRelativeTime } from './time.ts';

const columns = [
  { title: 'NAME', max: 6, cell: (row: { name: string }) => row.name },
  { title: 'N', right: true, cell: (row: { name: string }) => String(row.name.length) },
];

it('aligns columns and shortens what is too wide on a terminal', () => {
  const rows = [{ name: 'a' }, { name: 'much too long' }];
  expect(formatTable(columns, rows, true)).toEqual(['NAME     N', 'a        1', 'much …  13']);
});

it('shortens nothing for a pipe', () => {
  expect(formatTable(columns, [{ name: 'much too long' }], false).at(-1)).toBe('much too long  13');
});

it.each([
  [0, 'just now'],
  [999, 'just now'],
  [61_000, '1 min ago'],
  [-30_000, 'in 30 s'],
  [2 * 86_400_000, '2 d ago'],
])('tells %i ms as %j', (ms, expected) => expect(formatRelativeTime(1e12, 1e12 + ms)).toBe(expected));
