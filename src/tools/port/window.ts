import { READ_OUTPUT } from './read-output.ts';
import { characterEnd, characterStart } from './utf8.ts';

interface Window {
  text: string;
  truncated: boolean;
}

/**
 * What the model is given of a long output: its head and its tail, at most `limit` bytes of it, and between them
 * how much was left out and how to read it. `call` is the name by which `read_output` finds the whole.
 */
export function window(text: string, limit: number, call: string): Window {
  if (text.length * 3 <= limit) return { text, truncated: false };
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return { text, truncated: false };
  const head = characterEnd(bytes, Math.ceil(limit / 2));
  const tail = characterStart(bytes, bytes.length - Math.floor(limit / 2));
  const marker = leftOut(head, tail, bytes.length, { call, limit });
  return {
    text: `${bytes.toString('utf8', 0, head)}${marker}${bytes.toString('utf8', tail)}`,
    truncated: true,
  };
}

/** What `read_output` adds around the part that it returns; with it, the part must still fit into a window. */
const FRAME = 128;

function leftOut(head: number, tail: number, total: number, of: { call: string; limit: number }): string {
  const limit = Math.max(FRAME, Math.min(tail - head, of.limit - FRAME));
  const next = JSON.stringify({ output: of.call, offset: head, limit });
  return `\n\n[… ${tail - head} of ${total} bytes left out here. To read on: ${READ_OUTPUT} ${next} …]\n\n`;
}
