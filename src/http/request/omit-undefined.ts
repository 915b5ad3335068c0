/** An object whose optional members are absent instead of undefined. */
export type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Returns a copy without the members that are undefined. */
export function defined<T extends object>(value: T): Defined<T> {
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(entries) as Defined<T>;
}
