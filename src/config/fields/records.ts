/**
 * Builds a record without a prototype from entries, so that a name from outside, such as `constructor`, finds an
 * entry or nothing.
 */
export function withoutPrototype<T>(entries: [string, T][]): Record<string, T> {
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}
