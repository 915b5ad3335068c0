import type { FileHandle } from 'node:fs/promises';
import { FileTooLargeError, NoSuchFileError, NotTextError } from '../../errors/tools.ts';
import { explained, openParent } from './folder.ts';
import { type Place, placeOf, type Reach } from './paths.ts';

/** A file that is read or rewritten whole is at most this big (bytes). */
export const WHOLE_FILE = 10 * 1024 * 1024;

export interface RegularFile extends AsyncDisposable {
  place: Place;
  file: FileHandle;
  size: number;
}

/** Opens a file for reading; throws for what is not one, and for what is outside the roots. */
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

export async function readWholeText({ file, size, place }: RegularFile): Promise<string> {
  if (size > WHOLE_FILE) throw new FileTooLargeError(place.asked, size, WHOLE_FILE);
  return decodeText(await file.readFile(), place.asked, size);
}

/** Strict, so that what is written back differs in nothing but the change. */
export function decodeText(bytes: Uint8Array, asked: string, size: number): string {
  if (bytes.includes(0)) throw new NotTextError(asked, size);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new NotTextError(asked, size);
  }
}
