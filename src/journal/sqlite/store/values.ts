import type { SQLOutputValue } from 'node:sqlite';

/**
 * Checks the type of a column's value and returns it. Throws TypeError for another type, because then Midturn
 * did not write the row.
 */
export function requireText(value: SQLOutputValue | undefined): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`The store has ${typeof value} where text was expected`);
}

export function requireInteger(value: SQLOutputValue | undefined): number {
  if (typeof value === 'number') return value;
  throw new TypeError(`The store has ${typeof value} where a number was expected`);
}

export function requireIntegerOrNull(value: SQLOutputValue | undefined): number | null {
  return value === null ? null : requireInteger(value);
}

export function requireTextOrNull(value: SQLOutputValue | undefined): string | null {
  return value === null ? null : requireText(value);
}

/** A row of the store, by column name. */
export type StoreRow = Record<string, SQLOutputValue>;
