import type { Command } from 'commander';
import { readGlobalOptions } from '../kit/context.ts';
import { formatExamples, parseWholeNumber } from '../kit/values.ts';

/** Adds the `config` commands, which work through the daemon when one runs and on the files otherwise. */
export function addConfigCommands(config: Command): void {
  addReadCommands(config);
  addWriteCommands(config);
  addHistoryCommands(config);
}

function addReadCommands(config: Command): void {
  config
    .command('check')
    .description('validate a configuration and list every problem with its line; changes nothing')
    .argument('[file]', "the file, - for stdin; the home's midturn.jsonc when absent")
    .action(async (file: string | undefined, _options, command: Command) => {
      const { checkConfigFile } = await import('./check.ts');
      await checkConfigFile(readGlobalOptions(command), file);
    });
  config
    .command('plan')
    .description('preview a change: keys, affected sessions, and how long it may take')
    .argument('[file]', "the file, - for stdin; the home's midturn.jsonc when absent")
    .addHelpText(
      'after',
      formatExamples(
        ['midturn config plan new.jsonc', 'what new.jsonc would change in the running daemon'],
        ['midturn config plan', 'what the saved file would change in the running daemon'],
      ),
    )
    .action(async (file: string | undefined, _options, command: Command) => {
      const { planConfig } = await import('./plan.ts');
      await planConfig(readGlobalOptions(command), file);
    });
  config
    .command('show')
    .description('print the configuration of the home, with secrets masked')
    .option('--revision <number>', 'print this revision; `config history` lists them', parseWholeNumber)
    .action(async ({ revision }: { revision?: number }, command: Command) => {
      const { showConfig } = await import('./show.ts');
      await showConfig(readGlobalOptions(command), revision);
    });
}

function addWriteCommands(config: Command): void {
  config
    .command('edit')
    .description(
      'edit the configuration in $VISUAL or $EDITOR; validates it and shows the plan before applying it',
    )
    .option('--yes', 'apply without asking for confirmation')
    .action(async (options: { yes?: boolean }, command: Command) => {
      const { editConfig } = await import('./edit.ts');
      await editConfig(readGlobalOptions(command), options);
    });
  config
    .command('set')
    .description('set one key; comments and all other keys are preserved')
    .argument('<path>', 'the key, for example agents.main.model')
    .argument('<value>', 'the value as JSON; anything else is taken as a string')
    .addHelpText(
      'after',
      formatExamples(
        ['midturn config set agents.main.model anthropic/claude-sonnet-4-5', 'a string'],
        ['midturn config set limits.turns 32', 'a number'],
        ['midturn config set agents.main.tools \'["read_file"]\'', 'a list'],
      ),
    )
    .action(async (path: string, value: string, _options, command: Command) => {
      const { setConfig } = await import('./set.ts');
      await setConfig(readGlobalOptions(command), path, value);
    });
  config
    .command('unset')
    .description('remove one key, so that its default applies')
    .argument('<path>', 'the key, for example agents.main.maxOutputTokens')
    .action(async (path: string, _options, command: Command) => {
      const { setConfig } = await import('./set.ts');
      await setConfig(readGlobalOptions(command), path, undefined);
    });
}

function addHistoryCommands(config: Command): void {
  config
    .command('history')
    .description('list accepted configurations, newest first')
    .action(async (_options, command: Command) => {
      const { printConfigHistory: configHistory } = await import('./history.ts');
      await configHistory(readGlobalOptions(command));
    });
  config
    .command('diff')
    .description('compare two revisions, key by key')
    .argument('[from]', 'revision to compare from (default: the active one)', parseWholeNumber)
    .argument('[to]', 'revision to compare to (default: the current file)', parseWholeNumber)
    .action(async (from: number | undefined, to: number | undefined, _options, command: Command) => {
      const { diffConfig } = await import('./diff.ts');
      await diffConfig(readGlobalOptions(command), from, to);
    });
  config
    .command('rollback')
    .description('restore an earlier revision as a new change')
    .argument('<revision>', 'the revision number; `config history` lists them', parseWholeNumber)
    .action(async (revision: number, _options, command: Command) => {
      const { rollbackConfig } = await import('./rollback.ts');
      await rollbackConfig(readGlobalOptions(command), revision);
    });
}
