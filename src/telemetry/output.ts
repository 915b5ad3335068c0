import { write, writeSync } from 'node:fs';

/** Sink for log records, one line per call. Must not throw. */
export interface Output {
  write(line: string): void;
}

/** Characters that may wait for a stalled reader; further lines are dropped. */
const MAX_WAITING = 8 * 1024 * 1024;
const RETRY_AFTER = 50;

/**
 * Writes lines to a file descriptor in order, without ever throwing or waiting: a full disk, or a reader that went
 * away or stalled, costs log lines but never the daemon. Lines that still wait when the process exits are written
 * then. `descriptor` is called before each write, so that a log file can be replaced between two writes. pino's
 * own destination is not used, because its flush at exit retries forever when the disk is full.
 */
export function openOutput(descriptor: () => number): Output {
  let waiting: string[] = [];
  let length = 0;
  let busy = false;
  let gone = false;

  const pump = () => {
    if (busy || waiting.length === 0) return;
    const chunk = Buffer.from(waiting.join(''));
    [waiting, length, busy] = [[], 0, true];
    put(chunk);
  };
  const put = (chunk: Buffer) => {
    write(descriptor(), chunk, (error, written) => {
      if (error?.code === 'EAGAIN') {
        setTimeout(put, RETRY_AFTER, chunk).unref();
      } else if (!error && written < chunk.length) {
        put(chunk.subarray(written));
      } else {
        gone ||= error?.code === 'EPIPE' || error?.code === 'EBADF';
        busy = false;
        pump();
      }
    });
  };
  process.once('exit', () => writeRemaining(descriptor(), waiting.join('')));
  return {
    write: (line) => {
      if (gone || length + line.length > MAX_WAITING) return;
      waiting.push(line);
      length += line.length;
      pump();
    },
  };
}

function writeRemaining(fd: number, text: string): void {
  try {
    for (let rest = Buffer.from(text); rest.length > 0; ) rest = rest.subarray(writeSync(fd, rest));
  } catch {
    // The process exits and the output is broken, so the error cannot be reported.
  }
}
