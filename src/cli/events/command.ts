import type { Command } from 'commander';
import { readGlobalOptions } from '../kit/context.ts';
import { parseWholeNumber } from '../kit/values.ts';
import type { EventsOptions } from './events.ts';

/** Adds the command that reads the feed. */
export function addFeedCommand(program: Command): void {
  program
    .command('events')
    .description('print the events of all sessions in the order in which they were stored')
    .option('--after <position>', 'start after this position (default: the latest events)', parseWholeNumber)
    .option('-n, --limit <count>', 'maximum number of events to print', parseWholeNumber, 50)
    .option('-f, --follow', 'keep printing new events until Ctrl-C, across daemon restarts')
    .option('--prefix <text>', 'only events of sessions whose id starts with this text')
    .option('--type <types>', 'only events of these types, separated by commas, such as turn_finished')
    .action(async (options: EventsOptions, command: Command) => {
      const { printEvents } = await import('./events.ts');
      await printEvents(readGlobalOptions(command), options);
    });
}
