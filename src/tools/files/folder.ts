import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrorCode } from '../../errors/errors.ts';
import { UnreadableFileError } from '../../errors/tools.ts';
import type { ResolvedPath } from './paths.ts';

/**
 * Opens folders and files without following links, so that a link that is put on the way after the check cannot
 * lead out of the roots. `O_NOFOLLOW` makes such an open fail.
 */
const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Flags for files. `O_NONBLOCK`, because opening a named pipe must not wait for its other end. */
const FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** An open folder. Entries named through it belong to this very folder, whatever happens to its path meanwhile. */
export class OpenFolder implements AsyncDisposable {
  readonly #handle: FileHandle;
  readonly #path: string;

  constructor(handle: FileHandle, path: string) {
    this.#handle = handle;
    this.#path = path;
  }

  /**
   * Returns the path of the folder, or with a name the path of an entry. The path is valid only while the
   * folder is open.
   */
  entryPath(name = '.'): string {
    return join(process.platform === 'linux' ? `/proc/self/fd/${this.#handle.fd}` : this.#path, name);
  }

  /** Returns where an entry was when the folder was opened. Use it for checks only, never to open the entry. */
  originalPath(name: string): string {
    return join(this.#path, name);
  }

  openFile(name: string): Promise<FileHandle> {
    return open(this.entryPath(name), FILE);
  }

  async openFolder(name: string): Promise<OpenFolder> {
    return new OpenFolder(await open(this.entryPath(name), FOLDER), join(this.#path, name));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#handle.close();
  }
}

/** Opens the folder to which a checked path leads, without following links. The caller must dispose of it. */
export function openFolder(place: ResolvedPath): Promise<OpenFolder> {
  return openStepwise(place, place.parts, false);
}

/** Opens the folder that contains an entry; with `create`, missing folders on the way are created. */
export async function openParent(
  place: ResolvedPath,
  create = false,
): Promise<{ folder: OpenFolder; name: string }> {
  const name = place.parts.at(-1);
  if (name === undefined) throw new UnreadableFileError(place.asked, 'is a folder');
  return { folder: await openStepwise(place, place.parts.slice(0, -1), create), name };
}

/**
 * Opens each folder on the way in turn and never follows a link: a link that was put there after the check
 * causes an error, not an escape.
 */
async function openStepwise(
  { root, asked }: ResolvedPath,
  parts: string[],
  create: boolean,
): Promise<OpenFolder> {
  let folder = new OpenFolder(await open(root, FOLDER), root);
  for (const part of parts) {
    await using above = folder;
    if (create) await mkdir(above.entryPath(part)).catch(ignoreExisting);
    folder = await above.openFolder(part).catch((error) => {
      throw toFileError(error, asked);
    });
  }
  return folder;
}

function ignoreExisting(error: unknown): void {
  if (!hasErrorCode(error, 'EEXIST')) throw error;
}

/** Converts an error of the system to one that the model understands; returns errors of other kinds unchanged. */
export function toFileError(error: unknown, asked: string): unknown {
  if (hasErrorCode(error, 'ENOENT')) return new UnreadableFileError(asked, 'does not exist');
  if (hasErrorCode(error, 'ENOTDIR'))
    return new UnreadableFileError(asked, 'is not a folder, or leads through a file');
  if (hasErrorCode(error, 'EISDIR')) return new UnreadableFileError(asked, 'is a folder');
  if (hasErrorCode(error, 'ELOOP')) return new UnreadableFileError(asked, 'became a symbolic link just now');
  return error;
}
