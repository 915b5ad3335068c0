/**
 * Finds character boundaries in UTF-8, so that a cut keeps whole characters. Returns the last boundary that is
 * at most `at`.
 */
export function findCharacterEnd(bytes: Uint8Array, at: number): number {
  const wanted = Math.min(at, bytes.length);
  let end = wanted;
  while (end > 0 && end > wanted - LONGEST && isContinuation(bytes[end])) end--;
  return isContinuation(bytes[end]) ? wanted : end;
}

/** Returns the first boundary that is at least `at`. */
export function findCharacterStart(bytes: Uint8Array, at: number): number {
  const wanted = Math.max(at, 0);
  let start = wanted;
  while (start < wanted + LONGEST && isContinuation(bytes[start])) start++;
  return isContinuation(bytes[start]) ? wanted : start;
}

/** Number of continuation bytes of the longest character. A longer run is not UTF-8 and is cut anywhere. */
const LONGEST = 3;

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
