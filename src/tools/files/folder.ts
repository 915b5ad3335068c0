import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { NoSuchFileError } from '../../errors/tools.ts';
import { isCode } from '../port/durable.ts';
import type { Place } from './paths.ts';

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** `O_NONBLOCK`: opening a named pipe must not wait for its other end. */
const FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** An open folder; entries named through it are entries of this very folder, whatever happens to its path. */
export class Folder implements AsyncDisposable {
  readonly #handle: FileHandle;
  readonly #path: string;

  constructor(handle: FileHandle, path: string) {
    this.#handle = handle;
    this.#path = path;
  }

  /** The folder's own path, or with a name the path of an entry; only good while the folder is open. */
  at(name = '.'): string {
    return join(process.platform === 'linux' ? `/proc/self/fd/${this.#handle.fd}` : this.#path, name);
  }

  /** Where an entry was when the folder was opened: for a judgement, never to open it. */
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

/** Opens a place that is a folder. */
export function openFolder(place: Place): Promise<Folder> {
  return goDown(place, place.parts, false);
}

/** Opens the folder that an entry is in; with `create`, folders that are missing on the way are made. */
export async function openParent(place: Place, create = false): Promise<{ folder: Folder; name: string }> {
  const name = place.parts.at(-1);
  if (name === undefined) throw new NoSuchFileError(place.asked, 'is a folder');
  return { folder: await goDown(place, place.parts.slice(0, -1), create), name };
}

/** Step by step and never through a link: one that was put on the way after the check is an error, not an escape. */
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

/** In words for the model; errors of other kinds stay what they are. */
export function explained(error: unknown, asked: string): unknown {
  if (isCode(error, 'ENOENT')) return new NoSuchFileError(asked, 'does not exist');
  if (isCode(error, 'ENOTDIR')) return new NoSuchFileError(asked, 'is not a folder, or leads through a file');
  if (isCode(error, 'EISDIR')) return new NoSuchFileError(asked, 'is a folder');
  if (isCode(error, 'ELOOP')) return new NoSuchFileError(asked, 'became a symbolic link just now');
  return error;
}
