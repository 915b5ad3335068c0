const FIRST_DELAY = 500;
const LONGEST_OWN_DELAY = 60_000;
/** The longest delay in milliseconds, even when the provider asks for more, because a user is waiting. */
export const LONGEST_DELAY = 15 * 60_000;

/**
 * Returns the milliseconds until the next attempt: 0.5 s, doubling up to a minute, or the provider's `wish` (its
 * `retry-after`) if that is longer. A wish of 0 or of a time in the past never shortens the delay.
 */
export function computeRetryDelay(failures: number, wish = 0): number {
  const own = Math.min(FIRST_DELAY * 2 ** (failures - 1), LONGEST_OWN_DELAY);
  return Math.min(Math.max(wish, own), LONGEST_DELAY);
}
