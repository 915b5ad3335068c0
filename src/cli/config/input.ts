import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { NoSuchFileError, NotTextError } from '../../errors/cli.ts';
import { decodeUtf8 } from '../../util/decode-utf8.ts';

/** Reads the text of a file, or of stdin for `-`. Rejects with NoSuchFileError, or NotTextError if it is not UTF-8. */
export async function readTextInput(file: string): Promise<string> {
  if (file === '-') return readStdin();
  try {
    return requireUtf8(readFileSync(file), file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw new NoSuchFileError(file);
    throw error;
  }
}

/** Reads stdin to its end. Rejects with NotTextError, which names `stdin`, if it is not UTF-8. */
export async function readStdin(): Promise<string> {
  return requireUtf8(await buffer(process.stdin), 'stdin');
}

/**
 * Decodes strict UTF-8 and throws NotTextError otherwise: replacing invalid bytes would store or run a text that differs
 * from the operator's, without a warning.
 */
export function requireUtf8(bytes: Uint8Array, name: string): string {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new NotTextError(name);
  return text;
}
