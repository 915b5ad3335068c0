import { print, printJson } from '../../terminal/output.ts';
import type { Cli } from '../kit/context.ts';
import { accessConfig } from './access/access.ts';
import { appliedWords } from './words.ts';

export async function rollbackConfig(cli: Cli, revision: number): Promise<void> {
  const access = await accessConfig(cli);
  const applied = await access.rollback(revision);
  if (cli.json) printJson({ ...applied, daemon: access.daemon });
  else print(appliedWords(applied, access.daemon));
}
