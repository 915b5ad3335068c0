import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface ReplaceFileOptions {
  /** Mode of the new file, independent of the umask; by default only the owner can read it. */
  mode?: number;
  /** Owner of the new file; ignored where the system does not let this user change owners. */
  owner?: { uid: number; gid: number };
  /** Runs immediately before the new content takes effect; may throw to leave everything unchanged. */
  check?(): void;
}

/**
 * Replaces a file atomically: a reader finds the old content or the new one, also after a crash, a power cut or on a
 * full disk. When this returns, the new content is durable. A symbolic link is replaced, not followed. Throws the
 * error of the system.
 */
export function replaceTextFile(path: string, text: string, how: ReplaceFileOptions = {}): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  rmSync(temporary, { force: true });
  try {
    writeTemporary(temporary, text, how);
    how.check?.();
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

function writeTemporary(path: string, text: string, { mode = 0o600, owner }: ReplaceFileOptions): void {
  const fd = openSync(path, 'wx', 0o600);
  try {
    if (owner) giveAway(fd, owner);
    // The mode that a file is opened with is less than wanted where the umask says so.
    fchmodSync(fd, mode);
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function giveAway(fd: number, { uid, gid }: { uid: number; gid: number }): void {
  try {
    fchownSync(fd, uid, gid);
  } catch {
    // It is this user's file then, with the old one's mode.
  }
}

/** Makes the name of the new file durable: the name is stored in the folder, which is synced separately. */
function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
