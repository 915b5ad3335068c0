import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Creates the store's file and its missing parent folders with access for the owner only, whatever the umask.
 * SQLite gives the files that it puts beside it the same mode. An existing file is not opened, because closing
 * a descriptor of it would drop the locks that SQLite holds on it for this process.
 */
export function createPrivateFile(path: string): void {
  createPrivateFolder(dirname(path));
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
}

/** Creates a folder and its missing parents with mode 0700; folders that exist keep their mode. */
function createPrivateFolder(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let folder = path; folder.length >= first.length; folder = dirname(folder)) chmodSync(folder, 0o700);
}
