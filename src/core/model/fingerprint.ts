/**
 * Hashes a JSON value to a 53-bit integer. Equal values have equal hashes whatever the order of their keys; different
 * values practically never collide. Not for security.
 */
export function hashJson(value: unknown): number {
  const text = JSON.stringify(value, sortKeys);
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 2_654_435_761);
    low = Math.imul(low ^ unit, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return 2 ** 32 * (2_097_151 & low) + (high >>> 0);
}

function sortKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isRaw(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Checks for a number that keeps its digits: an object without a prototype, which copying would add. */
function isRaw(value: object): boolean {
  return Object.getPrototypeOf(value) === null;
}
