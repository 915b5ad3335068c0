const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** Formats a time relative to now, such as `5 min ago`, `in 30 s` or `just now`; both in ms since the epoch. */
export function formatRelativeTime(at: number, now: number): string {
  const distance = formatSpan(Math.abs(now - at));
  if (distance === undefined) return 'just now';
  return at > now ? `in ${distance}` : `${distance} ago`;
}

/** Formats a duration in its largest fitting unit, rounded down, such as `5 min`; undefined below a second. */
function formatSpan(ms: number): string | undefined {
  const unit = UNITS.find(([, size]) => ms >= size);
  return unit && `${Math.floor(ms / unit[1])} ${unit[0]}`;
}
