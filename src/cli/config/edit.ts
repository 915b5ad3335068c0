import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONFIG_TEMPLATE } from '../../config/source/template.ts';
import { EditorError, NotConfirmedError } from '../../errors/cli.ts';
import { MidturnError } from '../../errors/errors.ts';
import type { ConfigPlan } from '../../protocol/config.ts';
import { print, printError, printJson } from '../../terminal/output.ts';
import type { CliContext } from '../kit/context.ts';
import { accessConfig, type ConfigAccess } from './access/access.ts';
import { openEditor } from './editor.ts';
import { requireUtf8 } from './input.ts';
import { confirmOnTerminal } from './question.ts';
import { requireReadableSource } from './source.ts';
import { describeApplied, formatPlan } from './words.ts';

/**
 * Opens an editor on a copy of the configuration and applies the result once it is valid and confirmed. A home without
 * a file starts from a commented template. Secrets are masked in the copy, and a mask that is left in place keeps the
 * secret. When the result is not applied, the edited copy is kept and its path is printed.
 */
export async function editConfig(cli: CliContext, { yes = false }: { yes?: boolean }): Promise<void> {
  const access = await accessConfig(cli);
  const shown = await access.show();
  const source = shown.origin === 'default' ? CONFIG_TEMPLATE : requireReadableSource(shown);
  const folder = mkdtempSync(join(tmpdir(), 'midturn-edit-'));
  const copy = join(folder, 'midturn.jsonc');
  writeFileSync(copy, source, { mode: 0o600 });
  const edited = await editUntilValid(access, copy, yes).catch((error: unknown) => {
    const untouched = error instanceof EditorError && readFileSync(copy, 'utf8') === source;
    if (untouched) rmSync(folder, { recursive: true });
    throw error;
  });
  if (readFileSync(copy, 'utf8') === source) {
    rmSync(folder, { recursive: true });
    return print('No changes made.');
  }
  for (const line of formatPlan(edited.plan)) printError(line);
  if (!yes && !confirmOnTerminal('Apply this change?')) throw new NotConfirmedError(copy);
  const applied = await access.replace(edited.source, shown.hash).catch((error: unknown) => {
    printError(`What was edited is in ${copy}.`);
    throw error;
  });
  rmSync(folder, { recursive: true });
  if (cli.json) printJson({ ...applied, daemon: access.daemon });
  else print(describeApplied(applied, access.daemon));
}

/** Reopens the editor until the text is valid, or rejects with the last error when the operator gives up. */
async function editUntilValid(
  access: ConfigAccess,
  copy: string,
  once: boolean,
): Promise<{ source: string; plan: ConfigPlan }> {
  for (;;) {
    await openEditor(copy);
    try {
      const source = requireUtf8(readFileSync(copy), copy);
      return { source, plan: await access.plan({ source }) };
    } catch (error) {
      if (!(error instanceof MidturnError) || !CORRECTABLE_CODES.has(error.code)) throw error;
      printError(error.message);
      if (once || !confirmOnTerminal('Edit again?')) {
        printError(`What was edited is in ${copy}.`);
        throw error;
      }
    }
  }
}

const CORRECTABLE_CODES: ReadonlySet<string> = new Set(['config_invalid', 'config_masked', 'not_text']);
