import type { FileHandle } from 'node:fs/promises';
import { FileTooLargeError, NoSuchFileError, NotTextError } from '../../errors/tools.ts';
import { explained, openParent } from './folder.ts';
import { type Place, placeOf, type Reach } from './paths.ts';

/**
 * Opens regular files for the file tools. This is the largest file that is read or rewritten as a whole, in
 * bytes.
 */
export const WHOLE_FILE = 10 * 1024 * 1024;

export interface RegularFile extends AsyncDisposable {
  place: Place;
  file: FileHandle;
  size: number;
}

/**
 * Opens a file for reading without following links. Throws when it is not a regular file or lies outside the
 * roots.
 */
export async function openRegularFile(reach: Reach, asked: string): Promise<RegularFile> {
  const place = await placeOf(reach, asked);
  const { folder, name } = await openParent(place);
  await using parent = folder;
  const file = await parent.openFile(name).catch((error) => {
    throw explained(error, asked);
  });
  const stat = await file.stat();
  if (!stat.isFile()) {
    await file.close();
    throw new NoSuchFileError(asked, stat.isDirectory() ? 'is a folder' : 'is not a regular file');
  }
  return { place, file, size: stat.size, [Symbol.asyncDispose]: () => file.close() };
}

/** Reads a whole file as text. Throws FileTooLargeError and NotTextError. */
export async function readWholeText({ file, size, place }: RegularFile): Promise<string> {
  if (size > WHOLE_FILE) throw new FileTooLargeError(place.asked, size, WHOLE_FILE);
  return decodeText(await file.readFile(), place.asked, size);
}

/** Decodes UTF-8 strictly, so that a file that is written back differs only in the change. Throws NotTextError. */
export function decodeText(bytes: Uint8Array, asked: string, size: number): string {
  if (bytes.includes(0)) throw new NotTextError(asked, size);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new NotTextError(asked, size);
  }
}
