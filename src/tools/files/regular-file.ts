import type { FileHandle } from 'node:fs/promises';
import { BinaryFileError, FileTooLargeError, UnreadableFileError } from '../../errors/tools.ts';
import { openParent, toFileError } from './folder.ts';
import { type FileReach, type ResolvedPath, resolveInRoots } from './paths.ts';

/**
 * Opens regular files for the file tools. This is the largest file that is read or rewritten as a whole, in
 * bytes.
 */
export const MAX_WHOLE_FILE = 10 * 1024 * 1024;

export interface RegularFile extends AsyncDisposable {
  place: ResolvedPath;
  file: FileHandle;
  size: number;
}

/**
 * Opens a file for reading without following links. Throws when it is not a regular file or lies outside the
 * roots.
 */
export async function openRegularFile(reach: FileReach, asked: string): Promise<RegularFile> {
  const place = await resolveInRoots(reach, asked);
  const { folder, name } = await openParent(place);
  await using parent = folder;
  const file = await parent.openFile(name).catch((error) => {
    throw toFileError(error, asked);
  });
  const stat = await file.stat();
  if (!stat.isFile()) {
    await file.close();
    throw new UnreadableFileError(asked, stat.isDirectory() ? 'is a folder' : 'is not a regular file');
  }
  return { place, file, size: stat.size, [Symbol.asyncDispose]: () => file.close() };
}

/** Reads a whole file as text. Throws FileTooLargeError and NotTextError. */
export async function readWholeText({ file, size, place }: RegularFile): Promise<string> {
  if (size > MAX_WHOLE_FILE) throw new FileTooLargeError(place.asked, size, MAX_WHOLE_FILE);
  return decodeText(await file.readFile(), place.asked, size);
}

/** Decodes UTF-8 strictly, so that a file that is written back differs only in the change. Throws NotTextError. */
export function decodeText(bytes: Uint8Array, asked: string, size: number): string {
  if (bytes.includes(0)) throw new BinaryFileError(asked, size);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new BinaryFileError(asked, size);
  }
}
