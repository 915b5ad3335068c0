import { Command, Option } from 'commander';
import { addDaemonCommands } from './daemon/command.ts';
import { addFeedCommand } from './events/command.ts';
import { addServerCommands } from './mcp/command.ts';
import { addConversationCommands } from './sessions/command.ts';
import { addSetupCommands } from './setup/command.ts';
import { addTimeCommands } from './time/command.ts';
import { addUsageCommand } from './usage/command.ts';

/**
 * Creates the command tree. Defining it loads nothing but commander: the code of a command is imported when the
 * command runs, so that help and usage errors appear without delay.
 */
export function createProgram(version: string): Command {
  const program = new Command('midturn')
    .description('An always-on daemon for LLM agent sessions.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .option(
      '--home <dir>',
      'directory with the config, state and sockets (default: MIDTURN_HOME or ~/.midturn)',
    )
    .option('--json', 'print JSON, one document or one per line; errors as problem documents')
    .addOption(
      new Option('--url <url>', "address of the daemon to talk to, instead of the home's socket").env(
        'MIDTURN_URL',
      ),
    )
    .addOption(new Option('--token <token>', 'bearer token for --url').env('MIDTURN_TOKEN'))
    .configureHelp({ showGlobalOptions: true, sortOptions: true })
    .exitOverride()
    .configureOutput({ outputError() {} });
  addDaemonCommands(program);
  addConversationCommands(program);
  addFeedCommand(program);
  addUsageCommand(program);
  addTimeCommands(program);
  addServerCommands(program);
  addSetupCommands(program);
  return program.addHelpText('after', exitCodes);
}

const exitCodes = `
Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 no daemon runs, 4 conflict, 75 try again, 78 config error.`;
