import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job } from './job.ts';

/** Milliseconds between two reports; a command may print thousands of lines in a second. */
const PAUSE = 500;
/** Bytes at the end of the output in which the last line is looked for. */
const WINDOW = 4_096;

/**
 * Returns a function that reports the last complete line of a job's output, if it has changed. Only complete lines are
 * reported, because the start of a secret could not be masked. The function never rejects.
 */
export function createLineReporter(job: Job, report: (line: string) => void): () => Promise<void> {
  let [last, due] = ['', 0];
  return async () => {
    if (performance.now() < due) return;
    due = performance.now() + PAUSE;
    const line = await readLastLine(join(job.folder, 'output')).catch(() => '');
    if (line === '' || line === last) return;
    last = line;
    report(line);
  };
}

async function readLastLine(path: string): Promise<string> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  const start = Math.max(0, size - WINDOW);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
  const lines = buffer.toString('utf8', 0, bytesRead).split(/[\r\n]+/);
  // The last one may be incomplete, and so may the first one of a window within the output.
  const complete = lines.slice(start === 0 ? 0 : 1, -1);
  return complete.findLast((line) => line.trim() !== '')?.trim() ?? '';
}
