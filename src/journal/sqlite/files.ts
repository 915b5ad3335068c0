import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Creates the store's file and the folders above it for the owner only, whatever the umask. SQLite gives the files
 * that it puts beside it the same mode. Must run before SQLite opens the file: closing any descriptor of it drops the
 * locks that this process has on it.
 */
export function createPrivateFile(path: string): void {
  createPrivateFolder(dirname(path));
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
}

/** Folders that exist keep their mode. */
function createPrivateFolder(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let folder = path; folder.length >= first.length; folder = dirname(folder)) chmodSync(folder, 0o700);
}
