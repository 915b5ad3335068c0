import { type Command, Option } from 'commander';
import { LOG_LEVELS } from '../../telemetry/events/define.ts';
import { readGlobalOptions } from '../kit/context.ts';
import { createDurationOption, formatExamples, parseMilliseconds, parseWholeNumber } from '../kit/values.ts';
import type { LogsOptions } from '../logs/logs.ts';
import type { RestartOptions } from './restart.ts';

/** Adds the commands that run, stop, restart and inspect the daemon, with its handovers and its log. */
export function addDaemonCommands(program: Command): void {
  program.commandsGroup('Daemon:');
  program
    .command('up')
    .description(
      'run the daemon in the foreground; Ctrl-C finishes the running steps, a second Ctrl-C stops at once',
    )
    .action(async (_options, command: Command) => {
      const { runDaemon: up } = await import('./up.ts');
      await up(readGlobalOptions(command));
    });
  program
    .command('start')
    .description('start the daemon in the background; returns once it accepts requests')
    .action(async (_options, command: Command) => {
      const { startDaemon: start } = await import('./start.ts');
      await start(readGlobalOptions(command));
    });
  program
    .command('stop')
    .description('finish the running steps and stop; sessions resume at the next start')
    .addOption(createDurationOption('--timeout <duration>', 'how long to wait for it', '2m'))
    .action(async ({ timeout }: { timeout: number }, command: Command) => {
      const { stopDaemon: stop } = await import('./stop.ts');
      await stop(readGlobalOptions(command), timeout);
    });
  program
    .command('restart')
    .description('reload the configuration and hand over to a new process, without refusing a request')
    .option('--reason <text>', 'the reason, shown in the log and in handover reports')
    .option(
      '--wait',
      'print each phase and return when the old process has exited, not already when the new one serves',
    )
    .addOption(createDurationOption('--timeout <duration>', 'how long to wait for it', '2m'))
    .addHelpText(
      'after',
      formatExamples(
        ['midturn restart --reason "new API key"', 'returns when the new process serves'],
        [
          'midturn restart --wait',
          'shows what it waits for; exits with 1 on failure, 3 if the daemon stops, 75 on timeout',
        ],
      ),
    )
    .action(async (options: RestartOptions, command: Command) => {
      const { restartDaemon: restart } = await import('./restart.ts');
      await restart(readGlobalOptions(command), options);
    });
  program
    .command('status')
    .description('show the health, revision, sessions and last handover of the daemon')
    .action(async (_options, command: Command) => {
      const { printStatus: status } = await import('./status.ts');
      await status(readGlobalOptions(command));
    });
  program
    .command('handovers')
    .description('list handovers between processes, or show one with the outcome of every session')
    .argument('[id]', 'id of the handover to show in detail')
    .option('-n, --limit <count>', 'how many of the latest to list', parseWholeNumber, 20)
    .action(async (id: string | undefined, { limit }: { limit: number }, command: Command) => {
      const { printHandovers: listHandovers, printHandover: showHandover } = await import(
        '../handovers/ls.ts'
      );
      await (id === undefined
        ? listHandovers(readGlobalOptions(command), limit)
        : showHandover(readGlobalOptions(command), id));
    });
  program
    .command('logs')
    .description('print the log of the background daemon')
    .option('-n, --lines <count>', 'how many of the latest lines to print', parseWholeNumber, 100)
    .option('-f, --follow', 'keep printing new lines as they are written')
    .option('--session <id>', 'only records of this session')
    .addOption(new Option('--level <level>', 'only records of this level or above').choices(LOG_LEVELS))
    .addOption(
      new Option('--since <duration>', 'only records from this period, such as 30m').argParser(
        parseMilliseconds,
      ),
    )
    .addHelpText('after', LOGS_HELP)
    .action(async ({ since, ...options }: LogsOptions, command: Command) => {
      const { printLogs: logs } = await import('../logs/logs.ts');
      const from = since === undefined ? {} : { since: Date.now() - since };
      await logs(readGlobalOptions(command), { ...options, ...from });
    });
}

const LOGS_HELP = `${formatExamples(
  ['midturn logs --level warn --since 1h', 'what went wrong in the last hour'],
  ['midturn logs --session team/standup -f', 'turns, tool calls and approvals of one session, live'],
)}

Filters also read rotated files (midturn.log.1 …). They need the JSON format, which is the default for the log file.`;
