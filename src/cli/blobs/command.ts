import type { Command } from 'commander';
import { readGlobalOptions } from '../kit/context.ts';

/** Adds the commands for the files of sessions. */
export function addBlobCommands(program: Command): void {
  const blobs = program.command('blobs').description('get the files of sessions');
  blobs
    .command('get')
    .description('write a file of a session to standard output, or to a file')
    .argument('<session>', 'id of the session')
    .argument('<blob>', 'id of the file, as `sessions show` prints it')
    .option('-o, --output <path>', 'the file to create; an existing one is not replaced')
    .action(async (session: string, blob: string, { output }: { output?: string }, command: Command) => {
      const { getBlob } = await import('./get.ts');
      await getBlob(readGlobalOptions(command), session, blob, output);
    });
}
