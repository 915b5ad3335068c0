import { print, printJson } from '../../terminal/output.ts';
import { applyStyle } from '../../terminal/style.ts';
import { toVisibleText } from '../../util/visible-text.ts';
import type { CliContext } from '../kit/context.ts';
import { accessConfig } from './access/access.ts';
import { formatChanges, NO_REVISIONS } from './words.ts';

/** Prints the differences between two revisions; by default, between the active revision and the current file. */
export async function diffConfig(cli: CliContext, from?: number, to?: number): Promise<void> {
  const access = await accessConfig(cli);
  const first = from ?? (await access.listRevisions()).current;
  if (first === 0 && from === undefined) return print(NO_REVISIONS);
  const found = await access.diff(first, to ?? null);
  if (cli.json) return printJson(found);
  const changes =
    found.changes.length > 0
      ? formatChanges(found.changes)
      : ['No difference in meaning: both configure the same values.'];
  for (const line of changes) print(line);
  for (const line of toVisibleText(found.text).trimEnd().split('\n'))
    if (line !== '') print(colourDiffLine(line));
}

function colourDiffLine(line: string): string {
  if (line.startsWith('+')) return applyStyle('green', line);
  if (line.startsWith('-')) return applyStyle('red', line);
  return applyStyle('dim', line);
}
