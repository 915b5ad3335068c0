import { createReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';
import { NoLogError } from '../../errors/cli.ts';
import { rotatedLogs } from '../../telemetry/log-file.ts';
import { readable } from '../../telemetry/readable.ts';
import { print } from '../../terminal/output.ts';
import { visibleJson, visibleText } from '../../util/visible-text.ts';
import type { Cli } from '../kit/context.ts';
import { type LogFilter, passesFilter } from './filter.ts';
import { startOfLines } from './tail.ts';

export interface LogsOptions extends LogFilter {
  lines: number;
  follow?: boolean;
}

/** Milliseconds between two checks of the file; polling works on every file system, unlike change notifications. */
const INTERVAL = 250;

/**
 * Prints the latest matching lines of the daemon's log, including rotated files; with `follow` it keeps printing new
 * lines, also across a rotation. Records are formatted for reading unless `--json` asks for the raw records. Rejects with
 * NoLogError when the home has no log.
 */
export async function logs({ home, json }: Cli, options: LogsOptions): Promise<void> {
  const { lines, follow = false, ...filter } = options;
  let seen = await statOf(home.log);
  if (!seen) throw new NoLogError(home.log);
  await printLast(home.log, seen.size, lines, filter, json);
  const rest = new LineReader((line) => printLine(line, filter, json));
  while (follow) {
    await delay(INTERVAL);
    const now = await statOf(home.log);
    if (!now) continue;
    const replaced = now.ino !== seen.ino || now.size < seen.size;
    const aside = replaced ? await statOf(`${home.log}.1`) : undefined;
    if (aside?.ino === seen.ino) await rest.read(`${home.log}.1`, seen.size);
    await rest.read(home.log, replaced ? 0 : seen.size, now.size);
    seen = now;
  }
}

/** Prints the latest matching lines. Reads only the end of the file without a filter, and all rotated files with one. */
async function printLast(path: string, size: number, lines: number, filter: LogFilter, json: boolean) {
  const last: string[] = [];
  const reader = new LineReader((line) => {
    if (!passesFilter(line, filter)) return;
    last.push(line);
    if (last.length > lines) last.shift();
  });
  if (Object.values(filter).every((each) => each === undefined)) {
    await reader.read(path, await startOfLines(path, size, lines), size);
  } else {
    for (const aside of rotatedLogs(path).toReversed()) await reader.read(aside.path, 0);
    await reader.read(path, 0, size);
  }
  reader.end();
  for (const line of last) printLine(line, {}, json);
}

function printLine(line: string, filter: LogFilter, raw: boolean): void {
  if (!passesFilter(line, filter)) return;
  print(raw ? visibleJson(line) : visibleText(readable(line).trimEnd()));
}

/** Splits file contents into lines and passes complete ones to `take`; an incomplete line waits for the next read. */
class LineReader {
  readonly #take: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  /** Reads the bytes `[start, end)`, by default to the end of the file. A file that was deleted counts as empty. */
  async read(path: string, start: number, end = Number.POSITIVE_INFINITY): Promise<void> {
    if (end <= start) return;
    try {
      for await (const chunk of createReadStream(path, { start, end: end - 1 })) this.#add(chunk);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }

  end(): void {
    if (this.#rest !== '') this.#take(this.#rest);
    this.#rest = '';
  }

  #add(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#take(line);
  }
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
