import { parseDocument } from '../../config/source/jsonc.ts';
import { ConfigError } from '../../errors/config.ts';
import type { ConfigView } from '../../protocol/config.ts';
import { jsonText, print, printRaw } from '../../terminal/output.ts';
import type { Cli } from '../kit/context.ts';
import { accessConfig } from './access/access.ts';

/**
 * What the file says, or a revision, secrets masked: as it is written, or with `--json` as plain JSON. Throws
 * ConfigError when the file is not valid, after the text was shown: whoever is to mend it wants to see it.
 */
export async function showConfig(cli: Cli, revision?: number): Promise<void> {
  const access = await accessConfig(cli);
  const { source, problem } =
    revision === undefined ? await access.show() : { ...(await access.revision(revision)), problem: null };
  if (cli.json) {
    refuse(problem);
    print(jsonText(parseDocument(source).value));
  } else {
    printRaw(source.trimEnd() || '{}');
    refuse(problem);
  }
}

/** Content that is valid, and has failed when it was tried, is none of that. */
function refuse(problem: ConfigView['problem']): void {
  if (problem && problem.problems.length > 0)
    throw new ConfigError('midturn.jsonc', problem.problems.map(copy));
}

function copy<T extends { hint?: string | undefined }>({ hint, ...problem }: T) {
  return { ...problem, ...(hint === undefined ? {} : { hint }) };
}
