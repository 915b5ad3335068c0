/**
 * Replaces halves of characters (lone surrogates) in every text of a value, keys included. Providers refuse a request
 * body with one as invalid JSON. A value without any is returned as it is, not copied.
 */
export function makeWellFormed<T>(value: T): T;
export function makeWellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null || isWellFormed(value)) return value;
  if (Array.isArray(value)) return value.map((member: unknown) => makeWellFormed(member));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key.toWellFormed(), makeWellFormed(member)]),
  );
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isWellFormed);
  for (const [key, member] of Object.entries(value)) {
    if (!key.isWellFormed() || !isWellFormed(member)) return false;
  }
  return true;
}
