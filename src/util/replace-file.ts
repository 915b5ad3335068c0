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

export interface Replacement {
  /** Whatever the umask says; default: readable by the owner only. */
  mode?: number;
  /** Given up where the system does not let this user give files away. */
  owner?: { uid: number; gid: number };
  /** Runs last before the new content takes its place; may throw to leave everything as it is. */
  check?(): void;
}

/**
 * Replaces a file as a whole: whoever reads it finds the old content or the new one, also after a crash, a power cut
 * or on a full disk, and when this returns it is the new one for good. A link is replaced, not followed.
 */
export function replaceFile(path: string, text: string, how: Replacement = {}): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  rmSync(temporary, { force: true });
  try {
    write(temporary, text, how);
    how.check?.();
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

function write(path: string, text: string, { mode = 0o600, owner }: Replacement): void {
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

/** The name is in the folder, and that is a file of its own. */
function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
