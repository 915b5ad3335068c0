import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { NoSuchFileError, NotTextError } from '../../errors/cli.ts';
import { decodeUtf8 } from '../../util/decode-utf8.ts';

/** The text of a file; `-` is stdin. Throws NoSuchFileError, and NotTextError when it is not UTF-8. */
export async function readInput(file: string): Promise<string> {
  if (file === '-') return readStdin();
  try {
    return asText(readFileSync(file), file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw new NoSuchFileError(file);
    throw error;
  }
}

/** All of stdin. Throws NotTextError when it is not UTF-8. */
export async function readStdin(): Promise<string> {
  return asText(await buffer(process.stdin), 'stdin');
}

/** Strict, because a text that was changed on the way would be stored or run without a word. */
export function asText(bytes: Uint8Array, name: string): string {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new NotTextError(name);
  return text;
}
