import type { Command } from 'commander';
import { cliOf } from '../kit/context.ts';
import { examples, wholeNumber } from '../kit/values.ts';

/** The configuration of a home, whether its daemon runs or not. */
export function addConfig(config: Command): void {
  addReading(config);
  addChanging(config);
  addHistory(config);
}

function addReading(config: Command): void {
  config
    .command('check')
    .description('say everything that is wrong with a configuration, and where; changes nothing')
    .argument('[file]', "the file, - for stdin; the home's midturn.jsonc when absent")
    .action(async (file: string | undefined, _options, command: Command) => {
      const { checkConfigFile } = await import('./check.ts');
      await checkConfigFile(cliOf(command), file);
    });
  config
    .command('plan')
    .description('show what a configuration would change: keys, sessions, and how long it may take')
    .argument('[file]', "the file, - for stdin; the home's midturn.jsonc when absent")
    .addHelpText(
      'after',
      examples(
        ['midturn config plan new.jsonc', 'what new.jsonc would change in the running daemon'],
        ['midturn config plan', 'what the saved file changes in what runs'],
      ),
    )
    .action(async (file: string | undefined, _options, command: Command) => {
      const { planConfig } = await import('./plan.ts');
      await planConfig(cliOf(command), file);
    });
  config
    .command('show')
    .description('the configuration of the home, without secrets')
    .option('--revision <number>', 'an earlier one, as `config history` lists them', wholeNumber)
    .action(async ({ revision }: { revision?: number }, command: Command) => {
      const { showConfig } = await import('./show.ts');
      await showConfig(cliOf(command), revision);
    });
}

function addChanging(config: Command): void {
  config
    .command('edit')
    .description('change the configuration in $VISUAL or $EDITOR; it is checked and shown before it is used')
    .option('--yes', 'do not ask')
    .action(async (options: { yes?: boolean }, command: Command) => {
      const { editConfig } = await import('./edit.ts');
      await editConfig(cliOf(command), options);
    });
  config
    .command('set')
    .description('set one key; comments and everything else stay as they are')
    .argument('<path>', 'the key, such as agents.main.model')
    .argument('<value>', 'the value: JSON, or a string as it is')
    .addHelpText(
      'after',
      examples(
        ['midturn config set agents.main.model anthropic/claude-sonnet-4-5', 'a string'],
        ['midturn config set limits.turns 32', 'a number'],
        ['midturn config set agents.main.tools \'["read_file"]\'', 'a list'],
      ),
    )
    .action(async (path: string, value: string, _options, command: Command) => {
      const { setConfig } = await import('./set.ts');
      await setConfig(cliOf(command), path, value);
    });
  config
    .command('unset')
    .description('remove one key, so that its default holds')
    .argument('<path>', 'the key, such as agents.main.maxOutputTokens')
    .action(async (path: string, _options, command: Command) => {
      const { setConfig } = await import('./set.ts');
      await setConfig(cliOf(command), path, undefined);
    });
}

function addHistory(config: Command): void {
  config
    .command('history')
    .description('the configurations that were accepted, newest first')
    .action(async (_options, command: Command) => {
      const { configHistory } = await import('./history.ts');
      await configHistory(cliOf(command));
    });
  config
    .command('diff')
    .description('compare two revisions, key by key')
    .argument('[from]', 'number of a revision; the one that runs when absent', wholeNumber)
    .argument('[to]', 'number of another one; the present file when absent', wholeNumber)
    .action(async (from: number | undefined, to: number | undefined, _options, command: Command) => {
      const { diffConfig } = await import('./diff.ts');
      await diffConfig(cliOf(command), from, to);
    });
  config
    .command('rollback')
    .description('write an earlier revision to the file, as a new change')
    .argument('<revision>', 'its number, as `config history` lists them', wholeNumber)
    .action(async (revision: number, _options, command: Command) => {
      const { rollbackConfig } = await import('./rollback.ts');
      await rollbackConfig(cliOf(command), revision);
    });
}
