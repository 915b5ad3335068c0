const FIRST = 500;
const LONGEST = 60_000;
/** In milliseconds. A provider that asks for more patience is asked again earlier; a person is waiting. */
export const LONGEST_DELAY = 15 * 60_000;

/**
 * Returns the milliseconds until the next attempt: 0.5 s doubling up to a minute, or the provider's wish if that is
 * longer. A wish of nothing, or of a moment in the past, must not make the attempts a flood.
 */
export function retryDelay(failures: number, wish = 0): number {
  const own = Math.min(FIRST * 2 ** (failures - 1), LONGEST);
  return Math.min(Math.max(wish, own), LONGEST_DELAY);
}
