import { print, printJson } from '../../terminal/output.ts';
import type { CliContext } from '../kit/context.ts';
import { accessConfig } from './access/access.ts';
import { describeApplied } from './words.ts';

export async function rollbackConfig(cli: CliContext, revision: number): Promise<void> {
  const access = await accessConfig(cli);
  const applied = await access.rollback(revision);
  if (cli.json) printJson({ ...applied, daemon: access.daemon });
  else print(describeApplied(applied, access.daemon));
}
