import { watch } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ShellConfig } from '../../../src/tools/shell/config.ts';
import { createShellTool } from '../../../src/tools/shell/shell.ts';
import { resolveHome } from '../../../src/util/home.ts';
import { SHELL } from './shell-config.ts';

/**
 * A process that runs one command through the tool, as a generation does, and sends the output to its parent.
 * With `dieAt` it kills itself as soon as that entry of the job folder appears. A second message cancels the
 * command.
 */
process.once('message', async (order: Order) => {
  const { jobsDir, cwd, key, command, dieAt, sandbox = 'none' } = order;
  if (dieAt !== undefined) {
    watch(join(jobsDir, key), (_, name) => {
      if (name === 'host') process.send?.({ running: true });
      if (name === dieAt) process.kill(process.pid, 'SIGKILL');
    });
  }
  const config: ShellConfig = { ...SHELL, cwd, sandbox };
  const tool = createShellTool(config, { jobsDir, home: resolveHome(dirname(jobsDir)), roots: [] });
  const controller = new AbortController();
  process.once('message', () => controller.abort('cancelled'));
  const { signal } = controller;
  const context = { session: 's', call: '1.1', key, attempt: 1, signal };
  process.send?.({ output: await tool.run({ command }, context) });
});
process.send?.({ ready: true });

export interface Order {
  jobsDir: string;
  cwd: string;
  key: string;
  command: string;
  dieAt?: string;
  sandbox?: 'bubblewrap';
}
