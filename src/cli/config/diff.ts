import { print, printJson } from '../../terminal/output.ts';
import { styled } from '../../terminal/style.ts';
import { visibleText } from '../../util/visible-text.ts';
import type { Cli } from '../kit/context.ts';
import { accessConfig } from './access/access.ts';
import { changeLines, NO_REVISIONS } from './words.ts';

/** Prints the differences between two revisions; by default, between the active revision and the current file. */
export async function diffConfig(cli: Cli, from?: number, to?: number): Promise<void> {
  const access = await accessConfig(cli);
  const first = from ?? (await access.revisions()).current;
  if (first === 0 && from === undefined) return print(NO_REVISIONS);
  const found = await access.diff(first, to ?? null);
  if (cli.json) return printJson(found);
  const changes =
    found.changes.length > 0
      ? changeLines(found.changes)
      : ['No difference in meaning: both configure the same values.'];
  for (const line of changes) print(line);
  for (const line of visibleText(found.text).trimEnd().split('\n')) if (line !== '') print(coloured(line));
}

function coloured(line: string): string {
  if (line.startsWith('+')) return styled('green', line);
  if (line.startsWith('-')) return styled('red', line);
  return styled('dim', line);
}
