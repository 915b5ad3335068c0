import { lstat } from 'node:fs/promises';
import { basename, matchesGlob } from 'node:path';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { sliceText } from '../../core/model/text.ts';
import { messageOf } from '../../errors/errors.ts';
import type { Home } from '../../util/home.ts';
import { type OpenFolder, openFolder, openParent, toFileError } from './folder.ts';
import type { ResolvedPath } from './paths.ts';
import { MAX_WHOLE_FILE } from './regular-file.ts';
import { walkFolder } from './walk.ts';

/** Entry point of the search thread, and its request: where to search and for what. */
export interface SearchRequest {
  place: ResolvedPath;
  home: Home | undefined;
  pattern: string;
  ignoreCase: boolean;
  glob?: string | undefined;
  hidden: boolean;
  /** Maximum number of matching lines. */
  limit: number;
}

export interface SearchResult {
  lines: string[];
  more: boolean;
  /** Number of files that were skipped because they are too large. */
  skipped: number;
  failure?: string;
}

/** Bytes at the start of a file that are checked for NUL; a file with one there is binary and is skipped. */
const PROBE = 8_192;

/** Maximum number of characters that are shown of a line. */
const SHOWN = 400;

const DEPTH = 64;

if (!isMainThread) {
  const order: SearchRequest = workerData;
  parentPort?.postMessage(await searchFiles(order).catch(toFailure));
}

async function searchFiles(order: SearchRequest): Promise<SearchResult> {
  const result: SearchResult = { lines: [], more: false, skipped: 0 };
  const pattern = new RegExp(order.pattern, order.ignoreCase ? 'i' : '');
  for await (const { folder, name, label } of listSearchFiles(order)) {
    if (order.glob !== undefined && !matchesFileGlob(label, order.glob)) continue;
    const text = await readSearchText(folder, name, result);
    addMatches(text, label, pattern, order.limit, result);
    if (result.more) break;
  }
  return result;
}

function toFailure(error: unknown): SearchResult {
  const failure = messageOf(error);
  return { lines: [], more: false, skipped: 0, failure };
}

async function* listSearchFiles({ place, home, hidden }: SearchRequest): AsyncGenerator<FileEntry> {
  const folder = await openFolder(place).catch(() => undefined);
  if (!folder) {
    const { folder: parent, name } = await openParent(place);
    await using opened = parent;
    await lstat(opened.entryPath(name)).catch((error) => {
      throw toFileError(error, place.asked);
    });
    yield { folder: opened, name, label: place.label };
    return;
  }
  await using opened = folder;
  for await (const entry of walkFolder(opened, place.label, { depth: DEPTH, hidden, home })) {
    if (entry.kind === 'file') yield entry;
  }
}

interface FileEntry {
  folder: OpenFolder;
  name: string;
  label: string;
}

/** Checks a path against a glob; a glob without a slash is matched against the name alone. */
function matchesFileGlob(label: string, glob: string): boolean {
  return matchesGlob(glob.includes('/') ? label : basename(label), glob);
}

/** Reads the text of a file; returns empty text for a file that cannot be searched. */
async function readSearchText(folder: OpenFolder, name: string, result: SearchResult): Promise<string> {
  const opened = await folder.openFile(name).catch(() => undefined);
  if (!opened) return '';
  await using file = opened;
  const stat = await file.stat();
  if (!stat.isFile()) return '';
  if (stat.size > MAX_WHOLE_FILE) {
    result.skipped++;
    return '';
  }
  const bytes = await file.readFile();
  return bytes.subarray(0, PROBE).includes(0) ? '' : bytes.toString('utf8');
}

function addMatches(text: string, label: string, pattern: RegExp, limit: number, result: SearchResult): void {
  let number = 0;
  for (const line of text.split(/\r?\n/)) {
    number++;
    const found = pattern.exec(line);
    if (!found) continue;
    if (result.lines.length === limit) {
      result.more = true;
      return;
    }
    result.lines.push(`${label}:${number}: ${cutExcerpt(line, found.index)}`);
  }
}

function cutExcerpt(line: string, at: number): string {
  if (line.length <= SHOWN) return line;
  const start = Math.max(0, Math.min(at - SHOWN / 4, line.length - SHOWN));
  const end = start + SHOWN;
  return `${start > 0 ? '…' : ''}${sliceText(line, start, end)}${end < line.length ? '…' : ''}`;
}
