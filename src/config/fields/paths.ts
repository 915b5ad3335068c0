import { homedir } from 'node:os';
import { resolve } from 'node:path';

/** Absolute path of what is written in the file: `~` is the user's own folder, relative paths start at `root`. */
export function resolvePath(written: string, root: string): string {
  return resolve(
    root,
    written.replace(/^~(?=$|\/)/, () => homedir()),
  );
}
