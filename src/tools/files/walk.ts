import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Home, leadsToOwnPath } from '../../util/home.ts';
import type { OpenFolder } from './folder.ts';

/** An entry found by walking a folder tree. `folder` is open only until the next entry is requested. */
export interface FolderEntry {
  folder: OpenFolder;
  name: string;
  /** Path by which the model can name the entry. */
  label: string;
  kind: 'file' | 'folder' | 'link' | 'other';
}

export interface WalkOptions {
  /** Levels of folders to enter; 1 lists only the folder's own entries. */
  depth: number;
  hidden: boolean;
  /** Home of the daemon, whose own folders are listed but not entered. */
  home?: Home | undefined;
}

/** Folders that are listed but not entered, because they hold many files that a model seldom looks for. */
const NOT_ENTERED = new Set(['.git', 'node_modules']);

/**
 * Yields all entries below a folder in order of name, each folder before its content. Does not follow links,
 * and skips folders that cannot be opened.
 */
export async function* walkFolder(
  folder: OpenFolder,
  label: string,
  options: WalkOptions,
): AsyncGenerator<FolderEntry> {
  for (const found of await entriesOf(folder)) {
    if (!options.hidden && found.name.startsWith('.')) continue;
    const entry = { folder, name: found.name, label: join(label, found.name), kind: kindOf(found) };
    yield entry;
    if (entry.kind !== 'folder' || options.depth <= 1 || NOT_ENTERED.has(entry.name)) continue;
    if (options.home && leadsToOwnPath(options.home, folder.originalPath(entry.name))) continue;
    const inner = await folder.openFolder(entry.name).catch(() => undefined);
    if (!inner) continue;
    await using opened = inner;
    yield* walkFolder(opened, entry.label, { ...options, depth: options.depth - 1 });
  }
}

/** Lists the entries of a folder by name; a folder that cannot be read counts as empty. */
async function entriesOf(folder: OpenFolder): Promise<Dirent[]> {
  const entries = await readdir(folder.entryPath(), { withFileTypes: true }).catch(() => []);
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function kindOf(entry: Dirent): FolderEntry['kind'] {
  if (entry.isDirectory()) return 'folder';
  if (entry.isSymbolicLink()) return 'link';
  return entry.isFile() ? 'file' : 'other';
}
