/** Milliseconds. A longer wait is a mistake or a ban; the runner's own back-off is better then. */
const LONGEST = 24 * 60 * 60_000;

/**
 * Returns how long the provider asks for patience, in milliseconds from `now`; undefined when it does not say. The
 * first source that asks for any counts: zero and moments in the past are no wish.
 */
export function retryAfter(headers: Record<string, string>, body: string, now: number): number | undefined {
  const wishes = [
    number(headers['retry-after-ms'], 1),
    number(headers['retry-after'], 1000),
    duration(headers['retry-after'] ?? ''),
    until(headers['retry-after'], now),
    googleDelay(body),
    delayInWords(body),
    exhaustedLimit(headers, now),
  ];
  const wish = wishes.find((each) => each !== undefined && each > 0);
  return wish === undefined || wish > LONGEST ? undefined : Math.ceil(wish);
}

function number(value: string | undefined, unit: number): number | undefined {
  if (value === undefined || value.trim() === '') return undefined;
  const parsed = Number(value);
  return Number.isFinite(parsed) ? parsed * unit : undefined;
}

function until(date: string | undefined, now: number): number | undefined {
  const at = Date.parse(date ?? '');
  return Number.isNaN(at) ? undefined : at - now;
}

/** `google.rpc.RetryInfo` in the body: `"retryDelay": "34.07s"`. */
function googleDelay(body: string): number | undefined {
  return number(/"retryDelay"\s*:\s*"([\d.]+)s"/.exec(body)?.[1], 1000);
}

/** "Please try again in 14m24s", as OpenAI and Groq write it. */
function delayInWords(body: string): number | undefined {
  return duration(/try again in ((?:[\d.]+(?:ms|s|m|h))+)/.exec(body)?.[1] ?? '');
}

/** Rate limit headers name several limits; only one that is used up tells how long to wait. */
function exhaustedLimit(headers: Record<string, string>, now: number): number | undefined {
  const waits = Object.entries(headers).flatMap(([name, value]) => {
    if (value.trim() !== '0') return [];
    const reset = resetNameOf(name);
    const wait = reset === undefined ? undefined : resetIn(headers[reset], now);
    return wait === undefined ? [] : [wait];
  });
  return waits.length > 0 ? Math.max(...waits) : undefined;
}

/** `x-ratelimit-remaining[-tokens]` (OpenAI and many others), `anthropic-ratelimit-tokens-remaining`. */
function resetNameOf(remaining: string): string | undefined {
  if (!remaining.includes('ratelimit') || !remaining.includes('-remaining')) return undefined;
  return remaining.replace('-remaining', '-reset');
}

/** A duration (`6m0s`, `20ms`), seconds, a date, or a time since the epoch in seconds or milliseconds. */
function resetIn(value: string | undefined, now: number): number | undefined {
  const plain = number(value, 1);
  if (plain === undefined) return duration(value ?? '') ?? until(value, now);
  if (plain > 1e12) return plain - now;
  if (plain > 1e9) return plain * 1000 - now;
  return plain * 1000;
}

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function duration(text: string): number | undefined {
  if (!/^(?:[\d.]+(?:ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit = ''] of text.matchAll(/([\d.]+)(ms|s|m|h)/g))
    total += Number(amount) * (units[unit] ?? 0);
  return total;
}
