import { resolve } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { NoSuchFileError } from '../../errors/cli.ts';
import type { Cli } from '../context.ts';
import { print, printJson } from '../output.ts';

/** Throws ConfigError with everything that is wrong. */
export function checkConfigFile({ home, json }: Cli, file?: string): void {
  const path = file === undefined ? home.config : resolve(file);
  const { config, origin, hash } = loadConfig({ ...home, config: path });
  if (file !== undefined && origin === 'default') throw new NoSuchFileError(path);
  const agents = Object.keys(config.agents);
  if (json) printJson({ ok: true, file: path, origin, hash, agents });
  else if (origin === 'default') print(`There is no ${path}; the daemon would run with its defaults.`);
  else print(`${path} is valid: ${agents.length === 1 ? 'agent' : 'agents'} ${agents.join(', ')}.`);
}
