import { print, printJson } from '../../terminal/output.ts';
import type { Cli } from '../kit/context.ts';
import { accessConfig } from './access/access.ts';
import { readInput } from './input.ts';
import { editableSource } from './source.ts';
import { planLines } from './words.ts';

/** Prints what applying a file would change; no file means the home's own. Rejects with ConfigError if it is invalid. */
export async function planConfig(cli: Cli, file?: string): Promise<void> {
  const access = await accessConfig(cli);
  const source = file === undefined ? editableSource(await access.show()) : await readInput(file);
  const plan = await access.plan({ source });
  if (cli.json) return printJson({ ...plan, daemon: access.daemon });
  for (const line of planLines(plan)) print(line);
}
