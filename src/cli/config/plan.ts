import { print, printJson } from '../../terminal/output.ts';
import type { Cli } from '../kit/context.ts';
import { accessConfig } from './access/access.ts';
import { readInput } from './input.ts';
import { editableSource } from './source.ts';
import { planLines } from './words.ts';

/** Shows what a file would change, the home's own one when none is named. Throws what makes it invalid. */
export async function planConfig(cli: Cli, file?: string): Promise<void> {
  const access = await accessConfig(cli);
  const source = file === undefined ? editableSource(await access.show()) : await readInput(file);
  const plan = await access.plan({ source });
  if (cli.json) return printJson({ ...plan, daemon: access.daemon });
  for (const line of planLines(plan)) print(line);
}
