/**
 * The longest accepted wait in milliseconds. A longer one is a mistake or a ban, so the runner's own back-off
 * applies.
 */
const MAX_RETRY_AFTER = 24 * 60 * 60_000;

/**
 * Returns how long the provider asks to wait, in milliseconds from `now`; undefined when it does not say. The first
 * source with a positive value counts; zero and times in the past are ignored.
 */
export function readRetryAfter(
  headers: Record<string, string>,
  body: string,
  now: number,
): number | undefined {
  const wishes = [
    parseNumber(headers['retry-after-ms'], 1),
    parseNumber(headers['retry-after'], 1000),
    parseDelay(headers['retry-after'] ?? ''),
    millisecondsUntil(headers['retry-after'], now),
    readGoogleDelay(body),
    readWrittenDelay(body),
    readExhaustedLimit(headers, now),
  ];
  const wish = wishes.find((each) => each !== undefined && each > 0);
  return wish === undefined || wish > MAX_RETRY_AFTER ? undefined : Math.ceil(wish);
}

function parseNumber(value: string | undefined, unit: number): number | undefined {
  if (value === undefined || value.trim() === '') return undefined;
  const parsed = Number(value);
  return Number.isFinite(parsed) ? parsed * unit : undefined;
}

function millisecondsUntil(date: string | undefined, now: number): number | undefined {
  const at = Date.parse(date ?? '');
  return Number.isNaN(at) ? undefined : at - now;
}

/** Reads `google.rpc.RetryInfo` from the body, for example `"retryDelay": "34.07s"`. */
function readGoogleDelay(body: string): number | undefined {
  return parseNumber(/"retryDelay"\s*:\s*"([\d.]+)s"/.exec(body)?.[1], 1000);
}

/** Reads a delay from a message, for example "Please try again in 14m24s" of OpenAI and Groq. */
function readWrittenDelay(body: string): number | undefined {
  return parseDelay(/try again in ((?:[\d.]+(?:ms|s|m|h))+)/.exec(body)?.[1] ?? '');
}

/** Returns the longest reset time among the exhausted limits; rate limit headers describe several limits. */
function readExhaustedLimit(headers: Record<string, string>, now: number): number | undefined {
  const waits = Object.entries(headers).flatMap(([name, value]) => {
    if (value.trim() !== '0') return [];
    const reset = toResetName(name);
    const wait = reset === undefined ? undefined : parseReset(headers[reset], now);
    return wait === undefined ? [] : [wait];
  });
  return waits.length > 0 ? Math.max(...waits) : undefined;
}

/**
 * Maps a header such as `x-ratelimit-remaining-tokens` or `anthropic-ratelimit-tokens-remaining` to its reset
 * header.
 */
function toResetName(remaining: string): string | undefined {
  if (!remaining.includes('ratelimit') || !remaining.includes('-remaining')) return undefined;
  return remaining.replace('-remaining', '-reset');
}

/** Parses a reset time: a duration (`6m0s`, `20ms`), seconds, a date, or an epoch time in seconds or milliseconds. */
function parseReset(value: string | undefined, now: number): number | undefined {
  const plain = parseNumber(value, 1);
  if (plain === undefined) return parseDelay(value ?? '') ?? millisecondsUntil(value, now);
  if (plain > 1e12) return plain - now;
  if (plain > 1e9) return plain * 1000 - now;
  return plain * 1000;
}

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function parseDelay(text: string): number | undefined {
  if (!/^(?:[\d.]+(?:ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit = ''] of text.matchAll(/([\d.]+)(ms|s|m|h)/g))
    total += Number(amount) * (units[unit] ?? 0);
  return total;
}
