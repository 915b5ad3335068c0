import { createReadStream, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';
import { NoLogError } from '../../errors/cli.ts';
import { readable } from '../../telemetry/readable.ts';
import { visibleJson, visibleText } from '../../util/visible-text.ts';
import type { Cli } from '../context.ts';
import { print } from '../output.ts';

export interface LogsOptions {
  lines: number;
  follow?: boolean;
}

/** Milliseconds between two looks at the file; works on every file system, unlike notifications. */
const INTERVAL = 250;
const CHUNK = 64 * 1024;

/**
 * The last lines of `<home>/logs/midturn.log`, then with `follow` what is added, also after the file was replaced.
 * Records are made readable unless `--json` asks for them as they are.
 */
export async function logs({ home, json }: Cli, { lines, follow = false }: LogsOptions): Promise<void> {
  const path = join(home.logs, 'midturn.log');
  let seen = await statOf(path);
  if (!seen) throw new NoLogError(path);
  const printer = new LinePrinter(json);
  await copy(path, await startOfLines(path, seen.size, lines), seen.size, printer);
  while (follow) {
    await delay(INTERVAL);
    const now = await statOf(path);
    if (!now) continue;
    const replaced = now.ino !== seen.ino || now.size < seen.size;
    await copy(path, replaced ? 0 : seen.size, now.size, printer);
    seen = now;
  }
  printer.end();
}

/** Prints whole lines only; the rest waits for its line break. */
class LinePrinter {
  readonly #raw: boolean;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(raw: boolean) {
    this.#raw = raw;
  }

  add(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#print(line);
  }

  end(): void {
    if (this.#rest !== '') this.#print(this.#rest);
  }

  #print(line: string): void {
    const words = this.#raw ? line : readable(line);
    print(this.#raw ? visibleJson(words) : visibleText(words.trimEnd()));
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

/** Where the last `lines` lines begin; reads backwards, so that the size of the file does not matter. */
async function startOfLines(path: string, size: number, lines: number): Promise<number> {
  if (lines === 0) return size;
  await using file = await open(path);
  const buffer = Buffer.alloc(CHUNK);
  let missing = lines;
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - CHUNK);
    const { bytesRead } = await file.read(buffer, 0, end - start, start);
    for (let at = bytesRead - 1; at >= 0; at--) {
      // The line break at the very end closes the last line.
      if (buffer[at] === NEWLINE && start + at !== size - 1 && --missing === 0) return start + at + 1;
    }
    end = start;
  }
  return 0;
}

const NEWLINE = 10;

async function copy(path: string, start: number, end: number, printer: LinePrinter): Promise<void> {
  if (end <= start) return;
  for await (const chunk of createReadStream(path, { start, end: end - 1 })) printer.add(chunk);
}
