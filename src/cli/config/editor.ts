import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { EditorError } from '../../errors/cli.ts';

/**
 * Opens a file in `$VISUAL`, `$EDITOR` or `vi`, and resolves when the editor exits. Rejects with EditorError when the
 * exit code is not 0, because the file may then be incomplete.
 */
export async function openEditor(path: string, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const editor = env['VISUAL'] || env['EDITOR'] || 'vi';
  // Run by the shell, because these variables may contain arguments, such as `code --wait`.
  const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', path], { stdio: 'inherit' });
  const [code, signal]: (number | string | null)[] = await once(child, 'exit');
  if (code !== 0) throw new EditorError(editor, signal ?? code ?? 'unknown');
}
