import { parseDocument } from '../../config/jsonc.ts';
import { ConfigError } from '../../errors/config.ts';
import { accessConfig, type ConfigAccess } from '../config/access.ts';
import type { Cli } from '../context.ts';
import { print } from '../output.ts';
import { harmless } from '../text.ts';

/**
 * What the file says, or a revision, secrets masked: as it is written, or with `--json` as plain JSON. Throws
 * ConfigError when the file is not valid.
 */
export async function showConfig(cli: Cli, revision?: number): Promise<void> {
  const access = await accessConfig(cli);
  const source = revision === undefined ? await validFile(access) : (await access.revision(revision)).source;
  if (cli.json) print(JSON.stringify(parseDocument(source).value));
  else print(harmless(source).trimEnd() || '{}');
}

async function validFile(access: ConfigAccess): Promise<string> {
  const { source, problem } = await access.show();
  if (problem && problem.problems.length > 0)
    throw new ConfigError('midturn.jsonc', problem.problems.map(copy));
  return source;
}

function copy<T extends { hint?: string | undefined }>({ hint, ...problem }: T) {
  return { ...problem, ...(hint === undefined ? {} : { hint }) };
}
