import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { NoSuchFileError } from '../../errors/cli.ts';

/** The text of a file; `-` is stdin. */
export async function readInput(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw new NoSuchFileError(file);
    throw error;
  }
}
