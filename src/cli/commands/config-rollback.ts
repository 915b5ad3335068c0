import { accessConfig } from '../config/access.ts';
import { appliedWords } from '../config/words.ts';
import type { Cli } from '../context.ts';
import { print, printJson } from '../output.ts';

export async function rollbackConfig(cli: Cli, revision: number): Promise<void> {
  const access = await accessConfig(cli);
  const applied = await access.rollback(revision);
  if (cli.json) printJson({ ...applied, daemon: access.daemon });
  else print(appliedWords(applied, access.daemon));
}
