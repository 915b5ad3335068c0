import { type Command, Option } from 'commander';
import { readGlobalOptions } from '../kit/context.ts';
import { formatExamples, parseMilliseconds } from '../kit/values.ts';
import type { UsageOptions } from './usage.ts';

/** Adds the command that reports what model calls used and cost. */
export function addUsageCommand(program: Command): void {
  program
    .command('usage')
    .description('report the tokens and the cost of model calls')
    .addOption(
      new Option('--by <what>', 'what to add up by; tree counts delegated work for the session at the top')
        .choices(['model', 'session', 'tree', 'agent', 'person', 'schedule', 'purpose', 'day'])
        .default('model'),
    )
    .addOption(
      new Option('--since <duration>', 'only this period before now, in whole hours, such as 24h').argParser(
        parseMilliseconds,
      ),
    )
    .option('--session <id>', 'only this session and the sessions that work for it')
    .option('--csv', 'print comma-separated values with exact costs')
    .addHelpText(
      'after',
      formatExamples(
        ['midturn usage --by day --since 7d', 'what the last week cost, by day'],
        ['midturn usage --by person --csv', 'what each person has used, for a spreadsheet'],
      ),
    )
    .action(async (options: UsageOptions, command: Command) => {
      const { printUsage } = await import('./usage.ts');
      await printUsage(readGlobalOptions(command), options);
    });
}
