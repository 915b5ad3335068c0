import { characterEnd, characterStart } from './utf8.ts';

export interface Window {
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
  const marker = leftOut(head, tail, bytes.length, call);
  return {
    text: `${bytes.toString('utf8', 0, head)}${marker}${bytes.toString('utf8', tail)}`,
    truncated: true,
  };
}

function leftOut(head: number, tail: number, total: number, call: string): string {
  const next = JSON.stringify({
    output: call,
    offset: head,
    limit: Math.min(tail - head, READ_OUTPUT_DEFAULT),
  });
  return `\n\n[… ${tail - head} of ${total} bytes left out here. To read on: read_output ${next} …]\n\n`;
}

/** Bytes that one `read_output` returns when it is not told. */
export const READ_OUTPUT_DEFAULT = 16 * 1024;
