import type { SQLOutputValue } from 'node:sqlite';

/** What a column holds, checked: a value of another kind means that the store is not what we wrote. */
export function text(value: SQLOutputValue | undefined): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`The store has ${typeof value} where text was expected`);
}

export function integer(value: SQLOutputValue | undefined): number {
  if (typeof value === 'number') return value;
  throw new TypeError(`The store has ${typeof value} where a number was expected`);
}

export function integerOrNull(value: SQLOutputValue | undefined): number | null {
  return value === null ? null : integer(value);
}

export function textOrNull(value: SQLOutputValue | undefined): string | null {
  return value === null ? null : text(value);
}
