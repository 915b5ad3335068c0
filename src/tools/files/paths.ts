import { lstat, mkdir, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { OutsideRootsError, OwnFilesError } from '../../errors/tools.ts';
import { type Home, isFileOfHome, leadsToOwn } from '../../util/home.ts';

/** What the file tools may touch. */
export interface Reach {
  /** Folders; relative paths start at the first one, which is created when missing. */
  roots: readonly string[];
  /** The daemon's own, which is never touched although it may lie in a root; absent where the operator chose the root. */
  home?: Home;
}

/** A path that was found to lie inside an allowed root. */
export interface Place {
  /** The root, without symbolic links. */
  root: string;
  /** From the root to it, without symbolic links; empty for the root itself. */
  parts: string[];
  /** As the caller wrote it, for messages. */
  asked: string;
  /** A way to name it that every file tool understands: relative to the first root, or absolute. */
  label: string;
}

/**
 * Finds where a path leads, symbolic links followed, and refuses it outside the roots and in the daemon's own places. What is not there yet is
 * judged by its deepest existing folder. The answer can be overtaken by a new link, so whoever opens the place goes
 * down to it without following any (folder.ts).
 */
export async function placeOf({ roots, home }: Reach, asked: string): Promise<Place> {
  const [first] = roots;
  if (first === undefined || asked.includes('\0')) throw new OutsideRootsError(asked, roots);
  await mkdir(first, { recursive: true });
  const real = await realDestination(resolve(first, asked));
  if (real === undefined) throw new OutsideRootsError(asked, roots);
  for (const allowed of roots) {
    const root = await realpath(allowed).catch(() => undefined);
    const parts = root === undefined ? undefined : partsBelow(root, real);
    if (root === undefined || !parts) continue;
    if (home && (leadsToOwn(home, real) || isFileOfHome(home, real))) throw new OwnFilesError(asked);
    return { root, parts, asked, label: allowed === first ? parts.join(sep) : real };
  }
  throw new OutsideRootsError(asked, roots);
}

/** `undefined` for a link that leads nowhere: what would be created through it cannot be judged. */
async function realDestination(path: string): Promise<string | undefined> {
  const missing: string[] = [];
  for (let existing = path; ; existing = dirname(existing)) {
    const found = await realpath(existing).catch(() => undefined);
    if (found !== undefined) return join(found, ...missing);
    if ((await lstat(existing).catch(() => undefined)) || existing === dirname(existing)) return undefined;
    missing.unshift(relative(dirname(existing), existing));
  }
}

function partsBelow(root: string, path: string): string[] | undefined {
  const way = relative(root, path);
  if (way === '') return [];
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) return undefined;
  return way.split(sep);
}
