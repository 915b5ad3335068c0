import { type Command, Option } from 'commander';
import { cliOf } from '../kit/context.ts';
import { durationOption, examples, milliseconds, wholeNumber } from '../kit/values.ts';
import { LOG_LEVELS } from '../logs/filter.ts';
import type { LogsOptions } from '../logs/logs.ts';
import type { RestartOptions } from './restart.ts';

/** Running the daemon and looking at it. */
export function addDaemonCommands(program: Command): void {
  program.commandsGroup('Daemon:');
  program
    .command('up')
    .description('run the daemon in the foreground; Ctrl-C finishes the steps in flight, twice stops at once')
    .action(async (_options, command: Command) => {
      const { up } = await import('./up.ts');
      await up(cliOf(command));
    });
  program
    .command('start')
    .description('run the daemon in the background; returns when it serves')
    .action(async (_options, command: Command) => {
      const { start } = await import('./start.ts');
      await start(cliOf(command));
    });
  program
    .command('stop')
    .description('finish the steps in flight and stop; everything goes on with the next start')
    .addOption(durationOption('--timeout <duration>', 'how long to wait for it', '2m'))
    .action(async ({ timeout }: { timeout: number }, command: Command) => {
      const { stop } = await import('./stop.ts');
      await stop(cliOf(command), timeout);
    });
  program
    .command('restart')
    .description('read the configuration again and put a new process in place of the running one')
    .option('--reason <text>', 'why; shown in the log and in reports')
    .option(
      '--wait',
      'tell what happens until the old process has left; without it, return when the new one serves',
    )
    .addOption(durationOption('--timeout <duration>', 'how long to wait for it', '2m'))
    .addHelpText(
      'after',
      examples(
        ['midturn restart --reason "new API key"', 'returns when the new process serves'],
        [
          'midturn restart --wait',
          'shows who holds it up; ends with 1 when it fails, 3 when the daemon stops, 75 when it takes too long',
        ],
      ),
    )
    .action(async (options: RestartOptions, command: Command) => {
      const { restart } = await import('./restart.ts');
      await restart(cliOf(command), options);
    });
  program
    .command('status')
    .description('how the daemon is and what it does')
    .action(async (_options, command: Command) => {
      const { status } = await import('./status.ts');
      await status(cliOf(command));
    });
  program
    .command('handovers')
    .description('how processes gave way to each other, and what became of every session that was active')
    .argument('[id]', 'one of them, in detail')
    .option('-n, --limit <count>', 'how many of the last', wholeNumber, 20)
    .action(async (id: string | undefined, { limit }: { limit: number }, command: Command) => {
      const { listHandovers, showHandover } = await import('../handovers/ls.ts');
      await (id === undefined ? listHandovers(cliOf(command), limit) : showHandover(cliOf(command), id));
    });
  program
    .command('logs')
    .description('the log of a daemon in the background')
    .option('-n, --lines <count>', 'how many of the last lines', wholeNumber, 100)
    .option('-f, --follow', 'continue with what is written from now on')
    .option('--session <id>', 'only records of this session')
    .addOption(new Option('--level <level>', 'only records of this level or above').choices(LOG_LEVELS))
    .addOption(
      new Option('--since <duration>', 'only records of this past time, such as 30m').argParser(milliseconds),
    )
    .addHelpText('after', LOGS_HELP)
    .action(async ({ since, ...options }: LogsOptions, command: Command) => {
      const { logs } = await import('../logs/logs.ts');
      const from = since === undefined ? {} : { since: Date.now() - since };
      await logs(cliOf(command), { ...options, ...from });
    });
}

const LOGS_HELP = `${examples(
  ['midturn logs --level warn --since 1h', 'what went wrong in the last hour'],
  ['midturn logs --session team/standup -f', 'turns, tool calls and approvals of one session, live'],
)}

Filters also read the files that were put aside (midturn.log.1 …); they need the JSON format, the default of the file.`;
