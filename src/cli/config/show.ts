import { parseDocument } from '../../config/source/jsonc.ts';
import { ConfigError } from '../../errors/config.ts';
import type { ConfigView } from '../../protocol/config.ts';
import { formatJson, print, printRaw } from '../../terminal/output.ts';
import type { CliContext } from '../kit/context.ts';
import { accessConfig } from './access/access.ts';

/**
 * Prints the configuration file or a revision with secrets masked: as written, or with `--json` as plain JSON. Rejects
 * with ConfigError when the file is invalid, but prints the text first, because the operator needs it for the fix.
 */
export async function showConfig(cli: CliContext, revision?: number): Promise<void> {
  const access = await accessConfig(cli);
  const { source, problem } =
    revision === undefined ? await access.show() : { ...(await access.getRevision(revision)), problem: null };
  if (cli.json) {
    throwIfInvalid(problem);
    print(formatJson(parseDocument(source).value));
  } else {
    printRaw(source.trimEnd() || '{}');
    throwIfInvalid(problem);
  }
}

/** Throws ConfigError if the file is invalid. A valid file that failed its trial has no listed problems and passes. */
function throwIfInvalid(problem: ConfigView['problem']): void {
  if (problem && problem.problems.length > 0)
    throw new ConfigError('midturn.jsonc', problem.problems.map(omitMissingHint));
}

function omitMissingHint<T extends { hint?: string | undefined }>({ hint, ...problem }: T) {
  return { ...problem, ...(hint === undefined ? {} : { hint }) };
}
