import { createReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';
import { NoLogError } from '../../errors/cli.ts';
import { listRotatedLogs } from '../../telemetry/log-file.ts';
import { formatRecord } from '../../telemetry/readable.ts';
import { print } from '../../terminal/output.ts';
import { toVisibleJson, toVisibleText } from '../../util/visible-text.ts';
import type { CliContext } from '../kit/context.ts';
import { type LogFilter, passesFilter } from './filter.ts';
import { findLastLines } from './tail.ts';

export interface LogsOptions extends LogFilter {
  lines: number;
  follow?: boolean;
}

/** Milliseconds between two checks of the file; polling works on every file system, unlike change notifications. */
const POLL_INTERVAL = 250;

/**
 * Prints the latest matching lines of the daemon's log, including rotated files; with `follow` it keeps printing new
 * lines, also across a rotation. Records are formatted for reading unless `--json` asks for the raw records. Rejects with
 * NoLogError when the home has no log.
 */
export async function printLogs({ home, json }: CliContext, options: LogsOptions): Promise<void> {
  const { lines, follow = false, ...filter } = options;
  let seen = await statIfPresent(home.log);
  if (!seen) throw new NoLogError(home.log);
  await printLastLines(home.log, seen.size, lines, filter, json);
  const rest = new LineReader((line) => printLine(line, filter, json));
  while (follow) {
    await delay(POLL_INTERVAL);
    const now = await statIfPresent(home.log);
    if (!now) continue;
    const replaced = now.ino !== seen.ino || now.size < seen.size;
    const aside = replaced ? await statIfPresent(`${home.log}.1`) : undefined;
    if (aside?.ino === seen.ino) await rest.readRange(`${home.log}.1`, seen.size);
    await rest.readRange(home.log, replaced ? 0 : seen.size, now.size);
    seen = now;
  }
}

/** Prints the latest matching lines. Reads only the end of the file without a filter, and all rotated files with one. */
async function printLastLines(path: string, size: number, lines: number, filter: LogFilter, json: boolean) {
  const last: string[] = [];
  const reader = new LineReader((line) => {
    if (!passesFilter(line, filter)) return;
    last.push(line);
    if (last.length > lines) last.shift();
  });
  if (Object.values(filter).every((each) => each === undefined)) {
    await reader.readRange(path, await findLastLines(path, size, lines), size);
  } else {
    for (const aside of listRotatedLogs(path).toReversed()) await reader.readRange(aside.path, 0);
    await reader.readRange(path, 0, size);
  }
  reader.flushRest();
  for (const line of last) printLine(line, {}, json);
}

function printLine(line: string, filter: LogFilter, raw: boolean): void {
  if (!passesFilter(line, filter)) return;
  print(raw ? toVisibleJson(line) : toVisibleText(formatRecord(line).trimEnd()));
}

/** Splits file contents into lines and passes complete ones to `take`; an incomplete line waits for the next read. */
class LineReader {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(take: (line: string) => void) {
    this.#onLine = take;
  }

  /** Reads the bytes `[start, end)`, by default to the end of the file. A file that was deleted counts as empty. */
  async readRange(path: string, start: number, end = Number.POSITIVE_INFINITY): Promise<void> {
    if (end <= start) return;
    try {
      for await (const chunk of createReadStream(path, { start, end: end - 1 })) this.#addChunk(chunk);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }

  flushRest(): void {
    if (this.#rest !== '') this.#onLine(this.#rest);
    this.#rest = '';
  }

  #addChunk(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#onLine(line);
  }
}

async function statIfPresent(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
