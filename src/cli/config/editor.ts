import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { EditorError } from '../../errors/cli.ts';

/** Lets a person edit a file with `$VISUAL` or `$EDITOR`. Throws EditorError when that does not end well. */
export async function openEditor(path: string, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const editor = env['VISUAL'] || env['EDITOR'] || 'vi';
  // By the shell, since these variables hold commands with arguments.
  const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', path], { stdio: 'inherit' });
  const [code, signal]: (number | string | null)[] = await once(child, 'exit');
  if (code !== 0) throw new EditorError(editor, signal ?? code ?? 'unknown');
}
