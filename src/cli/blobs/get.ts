import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createNodeClient } from '../../client/node.ts';
import { UsageError } from '../../errors/cli.ts';
import { print, printJson } from '../../terminal/output.ts';
import type { CliContext } from '../kit/context.ts';

/**
 * Writes the bytes of a file to standard output, which must not be a terminal, or to a new file. Rejects with UsageError
 * when the file exists.
 */
export async function getBlob(
  { target, json }: CliContext,
  session: string,
  blob: string,
  output: string | undefined,
): Promise<void> {
  const bytes = createNodeClient(target).downloadFile(session, blob);
  if (output === undefined) {
    if (process.stdout.isTTY)
      throw new UsageError('A terminal cannot show a file; name one with -o, or use a pipe.');
    return pipeline(bytes, process.stdout, { end: false });
  }
  // The first bytes are asked for before the file is created, so that a refusal leaves no empty file.
  const iterator = bytes[Symbol.asyncIterator]();
  let piece = await iterator.next();
  await using file = await open(output, 'wx').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new UsageError(`${output} exists already; choose another name.`);
    throw error;
  });
  for (; !piece.done; piece = await iterator.next()) await file.writeFile(piece.value);
  if (json) printJson({ blob, output });
  else print(`${output} is written`);
}
