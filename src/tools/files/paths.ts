import { lstat, mkdir, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { OutsideRootsError, OwnFilesError } from '../../errors/tools.ts';
import { type Home, isFileOfHome, leadsToOwnPath } from '../../util/home.ts';

/** Decides which paths the file tools may touch. */
export interface FileReach {
  /** Allowed folders. Relative paths start at the first one, which is created when missing. */
  roots: readonly string[];
  /**
   * The daemon's own folder, which is never touched even if it lies in a root; absent where the operator chose
   * the root.
   */
  home?: Home;
}

/** A path that was found to lie inside an allowed root. */
export interface ResolvedPath {
  /** Real path of the root, without symbolic links. */
  root: string;
  /** Path from the root to the place, without symbolic links; empty for the root itself. */
  parts: string[];
  /** The path as the caller wrote it, for messages. */
  asked: string;
  /** A path that every file tool understands: relative to the first root, or absolute. */
  label: string;
}

/**
 * Resolves a path for a file tool. Rules, with the root `/data` as example:
 *   1. Symbolic links are followed, and the real path must lie in a root. A link `/data/a -> /etc` makes
 *      `a/passwd` fail with OutsideRootsError.
 *   2. A link that leads nowhere is refused, because what would be created through it cannot be checked.
 *   3. A path that does not exist yet is checked by its deepest existing folder: `new/file.txt` by `/data`.
 *   4. The daemon's own files are refused with OwnFilesError, even inside a root: `.midturn/state`, if the
 *      home is `/data/.midturn`.
 * The check can be outdated by a new link. Callers that open the result must therefore walk down to it without
 * following links (folder.ts).
 */
export async function resolveInRoots({ roots, home }: FileReach, asked: string): Promise<ResolvedPath> {
  const [first] = roots;
  if (first === undefined || asked.includes('\0')) throw new OutsideRootsError(asked, roots);
  await mkdir(first, { recursive: true });
  const real = await realDestination(resolve(first, asked));
  if (real === undefined) throw new OutsideRootsError(asked, roots);
  for (const allowed of roots) {
    const root = await realpath(allowed).catch(() => undefined);
    const parts = root === undefined ? undefined : partsBelow(root, real);
    if (root === undefined || !parts) continue;
    if (home && (leadsToOwnPath(home, real) || isFileOfHome(home, real))) throw new OwnFilesError(asked);
    return { root, parts, asked, label: allowed === first ? parts.join(sep) : real };
  }
  throw new OutsideRootsError(asked, roots);
}

/** Returns the real path to which a path leads; `undefined` for a link that leads nowhere. */
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
