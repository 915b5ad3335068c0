import { readSync } from 'node:fs';

/** Milliseconds between two reads from a non-blocking terminal that has no input yet. */
const POLL_INTERVAL = 50;

/**
 * Asks a yes-no question on stderr, so that stdout carries results only; no answer, as at the end of the input, means
 * no. Reads exactly one line, because the bytes after it belong to an editor or to the next question.
 */
export function confirmOnTerminal(question: string): boolean {
  process.stderr.write(`${question} [y/N] `);
  return /^y(es)?$/i.test(readReply().trim());
}

function readReply(): string {
  const byte = Buffer.alloc(1);
  const bytes: number[] = [];
  for (;;) {
    const count = readByte(byte);
    if (count === 0 || byte[0] === 0x0a) return Buffer.from(bytes).toString('utf8');
    bytes.push(byte[0] ?? 0);
  }
}

function readByte(into: Buffer): number {
  for (;;) {
    try {
      return readSync(0, into);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_INTERVAL);
    }
  }
}
