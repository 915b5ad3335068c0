import { accessConfig } from '../config/access.ts';
import { readInput } from '../config/input.ts';
import { editableSource } from '../config/source.ts';
import { planLines } from '../config/words.ts';
import type { Cli } from '../context.ts';
import { print, printJson } from '../output.ts';

/** Shows what a file would change, the home's own one when none is named. Throws what makes it invalid. */
export async function planConfig(cli: Cli, file?: string): Promise<void> {
  const access = await accessConfig(cli);
  const source = file === undefined ? editableSource(await access.show()) : await readInput(file);
  const plan = await access.plan({ source });
  if (cli.json) return printJson({ ...plan, daemon: access.daemon });
  for (const line of planLines(plan)) print(line);
}
