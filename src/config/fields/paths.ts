import { homedir } from 'node:os';
import { resolve } from 'node:path';

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
