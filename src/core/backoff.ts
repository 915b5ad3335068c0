const FIRST = 500;
const LONGEST = 60_000;
/** In milliseconds. A provider that asks for more patience is asked again earlier; a person is waiting. */
export const LONGEST_DELAY = 15 * 60_000;

/** Milliseconds until the next attempt: the provider's wish if it has one, else 0.5 s doubling up to a minute. */
export function retryDelay(failures: number, wish?: number): number {
  if (wish !== undefined) return Math.min(Math.max(wish, 0), LONGEST_DELAY);
  return Math.min(FIRST * 2 ** (failures - 1), LONGEST);
}
