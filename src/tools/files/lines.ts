import type { FileHandle } from 'node:fs/promises';
import { findCharacterEnd } from '../port/utf8.ts';

const NEWLINE = 10;

/** Reads ranges of lines from files of any size. The result holds the bytes of the lines and where they end. */
interface Lines {
  bytes: Buffer;
  /** Number of lines returned. */
  count: number;
  /** True when the first line alone was longer than the limit and was cut. */
  cut: boolean;
  /** Number of lines read so far, including those returned. */
  seen: number;
  /** Position in the file directly after the last byte returned. */
  end: number;
}

/**
 * Reads up to `wanted.limit` lines, starting with line `wanted.offset`. Returns whole lines where possible and
 * holds no more than `wanted.bytes` of the file. Throws the signal's reason when it aborts.
 */
export async function readLines(
  file: FileHandle,
  wanted: { offset: number; limit: number; bytes: number },
  signal: AbortSignal,
): Promise<Lines> {
  const { position, seen } = await skipLines(file, wanted.offset - 1, signal);
  const buffer = Buffer.alloc(wanted.bytes);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
  const text = buffer.subarray(0, bytesRead);
  const { end, count, cut } = firstLines(text, wanted.limit, bytesRead < wanted.bytes);
  return { bytes: text.subarray(0, end), count, cut, seen: seen + count, end: position + end };
}

/**
 * Returns the extent of the whole lines at the start of a text. `last` says that the text ends with the file,
 * so that its last line needs no newline.
 */
function firstLines(
  text: Buffer,
  limit: number,
  last: boolean,
): { end: number; count: number; cut: boolean } {
  const whole = skipNewlines(text, limit);
  if (whole.count === limit || whole.end === text.length) return { ...whole, cut: false };
  if (last) return { end: text.length, count: whole.count + 1, cut: false };
  if (whole.count > 0) return { ...whole, cut: false };
  return { end: findCharacterEnd(text, text.length - 1), count: 1, cut: true };
}

/** Finds the position after the `limit`-th newline, or after the last newline if there are fewer. */
function skipNewlines(text: Buffer, limit: number): { end: number; count: number } {
  let end = 0;
  let count = 0;
  while (count < limit) {
    const next = text.indexOf(NEWLINE, end);
    if (next === -1) break;
    end = next + 1;
    count++;
  }
  return { end, count };
}

/** Finds the position after a number of lines; stops at the end of the file when it has fewer. */
async function skipLines(
  file: FileHandle,
  lines: number,
  signal: AbortSignal,
): Promise<{ position: number; seen: number }> {
  const chunk = Buffer.alloc(64 * 1024);
  let position = 0;
  let seen = 0;
  let endsInLine = false;
  while (seen < lines) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) return { position, seen: seen + (endsInLine ? 1 : 0) };
    const { end, count } = skipNewlines(chunk.subarray(0, bytesRead), lines - seen);
    seen += count;
    position += seen === lines ? end : bytesRead;
    endsInLine = end < bytesRead;
  }
  return { position, seen };
}
