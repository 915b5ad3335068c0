import { watch } from 'node:fs';
import { join } from 'node:path';
import { shellTool } from '../../../src/tools/shell/shell.ts';

/**
 * A process that runs one command through the tool, as a generation does, and tells its parent the output. With
 * `dieAt` it kills itself as soon as that entry of the job folder appears. A second message cancels the command.
 */
process.once('message', async (order: Order) => {
  const { jobsDir, cwd, key, command, dieAt } = order;
  if (dieAt !== undefined) {
    watch(join(jobsDir, key), (_, name) => {
      if (name === 'host') process.send?.({ running: true });
      if (name === dieAt) process.kill(process.pid, 'SIGKILL');
    });
  }
  const config = { enabled: true, timeout: 30_000, outputLimit: 100_000, env: {}, cwd };
  const tool = shellTool(config, { jobsDir });
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
}
