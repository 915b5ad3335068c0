import { randomUUID } from 'node:crypto';
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
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

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
 * full disk. When this resolves, the new content is durable: the file and its folder are synced. A symbolic link is
 * replaced, not followed. Rejects with the error of the system and leaves the old content when it cannot write.
 */
export async function replaceFile(
  path: string,
  data: string | Uint8Array,
  { mode = 0o600, owner, check }: ReplaceFileOptions = {},
): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    await using file = await open(temporary, 'wx', 0o600);
    if (owner) await file.chown(owner.uid, owner.gid).catch(keepOwner);
    // The mode that a file is opened with is less than wanted where the umask says so.
    await file.chmod(mode);
    await file.writeFile(data);
    await file.sync();
    check?.();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Does what `replaceFile` does, before it returns, for code whose order of changes must not be interleaved. */
export function replaceFileSync(
  path: string,
  data: string | Uint8Array,
  { mode = 0o600, owner, check }: ReplaceFileOptions = {},
): void {
  const temporary = temporaryBeside(path);
  try {
    withDescriptor(openSync(temporary, 'wx', 0o600), (fd) => {
      if (owner) giveAway(fd, owner);
      fchmodSync(fd, mode);
      writeFileSync(fd, data);
      fsyncSync(fd);
    });
    check?.();
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  withDescriptor(openSync(dirname(path), 'r'), fsyncSync);
}

/** Syncs a folder, because a new or renamed entry is on disk only after its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle: FileHandle = await open(folder, 'r');
  await handle.sync();
}

/** Returns a free path in the same folder. It does not contain the name, which may already have the longest length. */
function temporaryBeside(path: string): string {
  return join(dirname(path), `.${randomUUID()}.tmp`);
}

function giveAway(fd: number, { uid, gid }: { uid: number; gid: number }): void {
  try {
    fchownSync(fd, uid, gid);
  } catch {
    keepOwner();
  }
}

/** The file belongs to this user then, with the old one's mode. */
function keepOwner(): void {}

function withDescriptor(fd: number, use: (fd: number) => void): void {
  try {
    use(fd);
  } finally {
    closeSync(fd);
  }
}
