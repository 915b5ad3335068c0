import { expect, it } from 'vitest';
import { formatPosition, parsePosition } from './position.ts';

it.each([
  { store: 'b3c1', seq: 0 },
  { store: 'with.dots', seq: 123_456_789 },
])('reads what it writes: %o', (position) => {
  expect(parsePosition(formatPosition(position))).toEqual(position);
});

it.each(['', '3', '.3', 'a.', 'a.-1', 'a.1.5e3', 'a.x', 'a. 1', `a.${'9'.repeat(16)}`])(
  'refuses %j',
  (text) => {
    expect(parsePosition(text)).toBeUndefined();
  },
);
