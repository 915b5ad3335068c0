import { open } from 'node:fs/promises';

const CHUNK = 64 * 1024;
const NEWLINE = 10;

/** Finds the byte offset of the last `lines` lines. Reads backwards, so that its cost does not grow with the file. */
export async function findLastLines(path: string, size: number, lines: number): Promise<number> {
  if (lines === 0) return size;
  await using file = await open(path);
  const buffer = Buffer.alloc(CHUNK);
  let missing = lines;
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - CHUNK);
    const { bytesRead } = await file.read(buffer, 0, end - start, start);
    for (let at = bytesRead - 1; at >= 0; at--) {
      // A line break at the end of the file closes the last line and starts no other.
      if (buffer[at] === NEWLINE && start + at !== size - 1 && --missing === 0) return start + at + 1;
    }
    end = start;
  }
  return 0;
}
