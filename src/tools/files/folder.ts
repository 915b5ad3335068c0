import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { NoSuchFileError } from '../../errors/tools.ts';
import { isCode } from '../port/durable.ts';
import type { Place } from './paths.ts';

/**
 * Opens folders and files without following links, so that a link that is put on the way after the check cannot
 * lead out of the roots. `O_NOFOLLOW` makes such an open fail.
 */
const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Flags for files. `O_NONBLOCK`, because opening a named pipe must not wait for its other end. */
const FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** An open folder. Entries named through it belong to this very folder, whatever happens to its path meanwhile. */
export class Folder implements AsyncDisposable {
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
  at(name = '.'): string {
    return join(process.platform === 'linux' ? `/proc/self/fd/${this.#handle.fd}` : this.#path, name);
  }

  /** Returns where an entry was when the folder was opened. Use it for checks only, never to open the entry. */
  path(name: string): string {
    return join(this.#path, name);
  }

  openFile(name: string): Promise<FileHandle> {
    return open(this.at(name), FILE);
  }

  async openFolder(name: string): Promise<Folder> {
    return new Folder(await open(this.at(name), FOLDER), join(this.#path, name));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#handle.close();
  }
}

/** Opens the folder to which a checked path leads, without following links. The caller must dispose of it. */
export function openFolder(place: Place): Promise<Folder> {
  return goDown(place, place.parts, false);
}

/** Opens the folder that contains an entry; with `create`, missing folders on the way are created. */
export async function openParent(place: Place, create = false): Promise<{ folder: Folder; name: string }> {
  const name = place.parts.at(-1);
  if (name === undefined) throw new NoSuchFileError(place.asked, 'is a folder');
  return { folder: await goDown(place, place.parts.slice(0, -1), create), name };
}

/**
 * Opens each folder on the way in turn and never follows a link: a link that was put there after the check
 * causes an error, not an escape.
 */
async function goDown({ root, asked }: Place, parts: string[], create: boolean): Promise<Folder> {
  let folder = new Folder(await open(root, FOLDER), root);
  for (const part of parts) {
    await using above = folder;
    if (create) await mkdir(above.at(part)).catch(ignoreExisting);
    folder = await above.openFolder(part).catch((error) => {
      throw explained(error, asked);
    });
  }
  return folder;
}

function ignoreExisting(error: unknown): void {
  if (!isCode(error, 'EEXIST')) throw error;
}

/** Converts an error of the system to one that the model understands; returns errors of other kinds unchanged. */
export function explained(error: unknown, asked: string): unknown {
  if (isCode(error, 'ENOENT')) return new NoSuchFileError(asked, 'does not exist');
  if (isCode(error, 'ENOTDIR')) return new NoSuchFileError(asked, 'is not a folder, or leads through a file');
  if (isCode(error, 'EISDIR')) return new NoSuchFileError(asked, 'is a folder');
  if (isCode(error, 'ELOOP')) return new NoSuchFileError(asked, 'became a symbolic link just now');
  return error;
}
