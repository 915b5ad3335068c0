import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { Home } from '../../util/home.ts';

/**
 * Returns the absolute path of what is written in the file: `~` is the home folder of the user, and relative paths
 * start at `root`.
 */
export function resolvePath(written: string, root: string): string {
  return resolve(
    root,
    written.replace(/^~(?=$|\/)/, () => homedir()),
  );
}

/** Returns the absolute path of a folder that the file names relative to the home; the work folder when it names none. */
export function resolveInHome(home: Home, path: string | undefined): string {
  return path === undefined ? home.work : resolvePath(path, home.root);
}
