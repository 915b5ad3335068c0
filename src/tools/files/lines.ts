import type { FileHandle } from 'node:fs/promises';
import { characterEnd } from '../port/utf8.ts';

const NEWLINE = 10;

interface Lines {
  bytes: Buffer;
  /** Lines returned. */
  count: number;
  /** The first line alone was longer than the limit. */
  cut: boolean;
  /** Lines met on the way, those returned included. */
  seen: number;
  /** Position in the file behind the last byte returned. */
  end: number;
}

/** Reads some lines, whole ones if it can, without holding more of the file than `wanted.bytes`. */
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

/** `last` when the text ends with the file, so that its last line needs no newline. */
function firstLines(
  text: Buffer,
  limit: number,
  last: boolean,
): { end: number; count: number; cut: boolean } {
  const whole = passNewlines(text, limit);
  if (whole.count === limit || whole.end === text.length) return { ...whole, cut: false };
  if (last) return { end: text.length, count: whole.count + 1, cut: false };
  if (whole.count > 0) return { ...whole, cut: false };
  return { end: characterEnd(text, text.length - 1), count: 1, cut: true };
}

/** Goes behind the `limit`-th newline, or behind the last one there is. */
function passNewlines(text: Buffer, limit: number): { end: number; count: number } {
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

/** Stops at the end of the file when it has fewer lines. */
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
    const { end, count } = passNewlines(chunk.subarray(0, bytesRead), lines - seen);
    seen += count;
    position += seen === lines ? end : bytesRead;
    endsInLine = end < bytesRead;
  }
  return { position, seen };
}
