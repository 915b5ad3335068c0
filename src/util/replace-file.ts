import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Replaces a file as a whole: whoever reads it finds the old content or the new one, also after a crash, a power cut
 * or on a full disk, and when this returns it is the new one for good. `check` runs last before that and may throw
 * to leave everything as it is. A link is replaced, not followed.
 */
export function replaceFile(path: string, text: string, mode = 0o600, check = () => {}): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  rmSync(temporary, { force: true });
  try {
    write(temporary, text, mode);
    check();
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

function write(path: string, text: string, mode: number): void {
  const fd = openSync(path, 'wx', 0o600);
  try {
    // The mode that a file is opened with is less than wanted where the umask says so.
    fchmodSync(fd, mode);
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
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
