import type { Command } from 'commander';
import type { LogsOptions } from '../commands/logs.ts';
import { cliOf } from '../context.ts';
import { durationOption, wholeNumber } from './values.ts';

/** Running the daemon and looking at it. */
export function addDaemonCommands(program: Command): void {
  program.commandsGroup('Daemon:');
  program
    .command('up')
    .description('run the daemon in the foreground; Ctrl-C finishes the steps in flight, twice stops at once')
    .action(async (_options, command: Command) => {
      const { up } = await import('../commands/up.ts');
      await up(cliOf(command));
    });
  program
    .command('start')
    .description('run the daemon in the background; returns when it serves')
    .action(async (_options, command: Command) => {
      const { start } = await import('../commands/start.ts');
      await start(cliOf(command));
    });
  program
    .command('stop')
    .description('finish the steps in flight and stop; everything goes on with the next start')
    .addOption(durationOption('--timeout <duration>', 'how long to wait for it', '2m'))
    .action(async ({ timeout }: { timeout: number }, command: Command) => {
      const { stop } = await import('../commands/stop.ts');
      await stop(cliOf(command), timeout);
    });
  program
    .command('restart')
    .description('put a new process in place of the running one; returns when it serves')
    .option('--reason <text>', 'why; shown in the log and in reports')
    .addOption(durationOption('--timeout <duration>', 'how long to wait for it', '2m'))
    .action(async (options: { reason?: string; timeout: number }, command: Command) => {
      const { restart } = await import('../commands/restart.ts');
      await restart(cliOf(command), options);
    });
  program
    .command('status')
    .description('how the daemon is and what it does')
    .action(async (_options, command: Command) => {
      const { status } = await import('../commands/status.ts');
      await status(cliOf(command));
    });
  program
    .command('logs')
    .description('the log of a daemon in the background')
    .option('-n, --lines <count>', 'how many of the last lines', wholeNumber, 100)
    .option('-f, --follow', 'go on with what is written from now on')
    .action(async (options: LogsOptions, command: Command) => {
      const { logs } = await import('../commands/logs.ts');
      await logs(cliOf(command), options);
    });
}
