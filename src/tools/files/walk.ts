import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Home, leadsToOwn } from '../../util/home.ts';
import type { Folder } from './folder.ts';

export interface Entry {
  folder: Folder;
  name: string;
  /** Where it is, as the model may name it. */
  label: string;
  kind: 'file' | 'folder' | 'link' | 'other';
}

export interface WalkOptions {
  /** Levels of folders; 1 is the folder's own entries. */
  depth: number;
  hidden: boolean;
  /** The daemon's own folders are named but not entered. */
  home?: Home | undefined;
}

/** Folders that are named but not entered: much in them, and seldom what is looked for. */
const NOT_ENTERED = new Set(['.git', 'node_modules']);

/** All entries below a folder, by name, each folder before its content. Links are not followed. */
export async function* walk(folder: Folder, label: string, options: WalkOptions): AsyncGenerator<Entry> {
  for (const found of await entriesOf(folder)) {
    if (!options.hidden && found.name.startsWith('.')) continue;
    const entry = { folder, name: found.name, label: join(label, found.name), kind: kindOf(found) };
    yield entry;
    if (entry.kind !== 'folder' || options.depth <= 1 || NOT_ENTERED.has(entry.name)) continue;
    if (options.home && leadsToOwn(options.home, folder.path(entry.name))) continue;
    const inner = await folder.openFolder(entry.name).catch(() => undefined);
    if (!inner) continue;
    await using opened = inner;
    yield* walk(opened, entry.label, { ...options, depth: options.depth - 1 });
  }
}

/** A folder that may not be read counts as empty. */
async function entriesOf(folder: Folder): Promise<Dirent[]> {
  const entries = await readdir(folder.at(), { withFileTypes: true }).catch(() => []);
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function kindOf(entry: Dirent): Entry['kind'] {
  if (entry.isDirectory()) return 'folder';
  if (entry.isSymbolicLink()) return 'link';
  return entry.isFile() ? 'file' : 'other';
}
