import { setValueAt } from '../../config/revisions/edit.ts';
import { print, printJson } from '../../terminal/output.ts';
import type { CliContext } from '../kit/context.ts';
import { accessConfig } from './access/access.ts';
import { requireReadableSource } from './source.ts';
import { describeApplied } from './words.ts';

/**
 * Sets the value at a path and applies the result. The value is parsed as JSON and otherwise taken as a string;
 * `undefined` removes the key. Comments and all other keys of the file are preserved.
 */
export async function setConfig(cli: CliContext, path: string, value: string | undefined): Promise<void> {
  const access = await accessConfig(cli);
  const view = await access.show();
  const edited = setValueAt(
    requireReadableSource(view),
    path,
    value === undefined ? undefined : parseValue(value),
  );
  const applied = await access.replace(edited, view.hash);
  if (cli.json) printJson({ ...applied, daemon: access.daemon });
  else print(describeApplied(applied, access.daemon));
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
