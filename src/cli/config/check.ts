import { resolve } from 'node:path';
import { checkFileText } from '../../config/check/check.ts';
import { loadConfig } from '../../config/check/load.ts';
import { NoSuchFileError } from '../../errors/cli.ts';
import { describeProblem } from '../../errors/config.ts';
import { print, printJson } from '../../terminal/output.ts';
import type { CliContext } from '../kit/context.ts';
import { readTextInput } from './input.ts';

/**
 * Validates a configuration file and prints the result; `-` reads stdin, no file means the home's own. Rejects with
 * ConfigError, which lists every problem with its line, or with NoSuchFileError for a named file that does not exist.
 */
export async function checkConfigFile(cli: CliContext, file?: string): Promise<void> {
  const { home, json } = cli;
  const path = file === undefined ? home.config : file === '-' ? 'stdin' : resolve(file);
  const { config, origin, hash, warnings } =
    file === '-' ? await checkStdin(cli) : loadConfig({ ...home, config: path });
  if (file !== undefined && origin === 'default') throw new NoSuchFileError(path);
  const agents = Object.keys(config.agents);
  if (json) printJson({ ok: true, file: path, origin, hash, agents, warnings });
  else if (origin === 'default') print(`${path} does not exist; the daemon would run with its defaults.`);
  else print(`${path} is valid: ${agents.length === 1 ? 'agent' : 'agents'} ${agents.join(', ')}.`);
  if (!json) for (const each of warnings) print(`warning: ${describeProblem(path, each)}`);
}

async function checkStdin({ home }: CliContext) {
  const text = await readTextInput('-');
  return { ...checkFileText(text, { home, env: process.env, file: 'stdin' }), origin: 'file' as const };
}
