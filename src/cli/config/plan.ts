import { print, printJson } from '../../terminal/output.ts';
import type { CliContext } from '../kit/context.ts';
import { accessConfig } from './access/access.ts';
import { readTextInput } from './input.ts';
import { requireReadableSource } from './source.ts';
import { formatPlan } from './words.ts';

/** Prints what applying a file would change; no file means the home's own. Rejects with ConfigError if it is invalid. */
export async function planConfig(cli: CliContext, file?: string): Promise<void> {
  const access = await accessConfig(cli);
  const source = file === undefined ? requireReadableSource(await access.show()) : await readTextInput(file);
  const plan = await access.plan({ source });
  if (cli.json) return printJson({ ...plan, daemon: access.daemon });
  for (const line of formatPlan(plan)) print(line);
}
