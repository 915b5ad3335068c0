import { findCharacterEnd, findCharacterStart } from '../port/utf8.ts';
import { READ_OUTPUT } from './read-output.ts';

interface TruncatedOutput {
  text: string;
  truncated: boolean;
}

/**
 * Shortens a long output for the model to its head and tail, at most `limit` bytes together. The text between
 * them says how much was left out and how to read it. `call` is the id by which `read_output` finds the whole
 * output.
 */
export function truncateOutput(text: string, limit: number, call: string): TruncatedOutput {
  if (text.length * 3 <= limit) return { text, truncated: false };
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return { text, truncated: false };
  const head = findCharacterEnd(bytes, Math.ceil(limit / 2));
  const tail = findCharacterStart(bytes, bytes.length - Math.floor(limit / 2));
  const marker = describeOmission(head, tail, bytes.length, { call, limit });
  return {
    text: `${bytes.toString('utf8', 0, head)}${marker}${bytes.toString('utf8', tail)}`,
    truncated: true,
  };
}

/** Bytes that `read_output` adds around the part it returns; the part and these must still fit into the limit. */
const FRAME = 128;

function describeOmission(
  head: number,
  tail: number,
  total: number,
  of: { call: string; limit: number },
): string {
  const limit = Math.max(FRAME, Math.min(tail - head, of.limit - FRAME));
  const next = JSON.stringify({ output: of.call, offset: head, limit });
  return `\n\n[… ${tail - head} of ${total} bytes left out here. To read on: ${READ_OUTPUT} ${next} …]\n\n`;
}
