const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** `5 min ago`, `in 30 s`, `just now`; both in milliseconds since the epoch. */
export function relativeTime(at: number, now: number): string {
  const distance = span(Math.abs(now - at));
  if (distance === undefined) return 'just now';
  return at > now ? `in ${distance}` : `${distance} ago`;
}

/** The largest unit that fits, rounded down; undefined below a second. */
function span(ms: number): string | undefined {
  const unit = UNITS.find(([, size]) => ms >= size);
  return unit && `${Math.floor(ms / unit[1])} ${unit[0]}`;
}
