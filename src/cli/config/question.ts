import { readSync } from 'node:fs';

/** Milliseconds between two looks at a terminal that has nothing yet and does not want to wait. */
const PAUSE = 50;

/**
 * Asks on stderr, so that stdout has results only. No answer, as at the end of the input, is a no. Reads no more
 * than its line: what follows is for an editor, or for the next question.
 */
export function ask(question: string): boolean {
  process.stderr.write(`${question} [y/N] `);
  return /^y(es)?$/i.test(readLine().trim());
}

function readLine(): string {
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
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
  }
}
