import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { takeHead } from '../../core/model/text.ts';

/**
 * Replaces a file atomically. After a crash the file has its old or its new content; after this resolves, the
 * new one. Rejects with the system's error and leaves the old content when it cannot write.
 */
export async function replaceFileDurably(
  folder: string,
  name: string,
  data: string | Uint8Array,
  mode: number,
): Promise<void> {
  const temporary = join(folder, `.${takeHead(name, 100)}.${randomUUID()}.tmp`);
  try {
    await writeSynced(temporary, data, mode);
    await rename(temporary, join(folder, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

async function writeSynced(path: string, data: string | Uint8Array, mode: number): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(data);
  await file.chmod(mode);
  await file.sync();
}

/** Syncs a folder, because a new or renamed entry is on disk only after its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

/** Checks whether an error of the system has this code, such as `ENOENT`. */
export function hasErrorCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
