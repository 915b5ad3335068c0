import { existsSync, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Json, ToolOutput } from '../../../src/core/model/message.ts';
import type { CallElicitations, Interruption } from '../../../src/tools/port/tool.ts';
import type { ShellConfig } from '../../../src/tools/shell/config.ts';
import { readJob } from '../../../src/tools/shell/job/job.ts';
import { listJobProcesses } from '../../../src/tools/shell/job/processes.ts';
import { endProcesses } from '../../../src/tools/shell/job/stop.ts';
import { createShellTool } from '../../../src/tools/shell/shell.ts';
import { resolveHome } from '../../../src/util/home.ts';
import { SHELL } from './shell-config.ts';
import { tempFolder } from './temp-folder.ts';

/** Creates a shell tool on temporary folders. When the test ends, all processes of its jobs are ended. */
export async function shellBench(changes: Partial<ShellConfig> = {}, roots: readonly string[] = []) {
  const root = await tempFolder();
  const home = resolveHome(root);
  const { jobs: jobsDir, work: cwd } = home;
  const config = { ...SHELL, cwd, ...changes };
  const keys = new Set<string>();
  onTestFinished(async () => {
    for (const key of keys) {
      const job = await readJob(jobsDir, key);
      if (job) await endProcesses(job, 0);
    }
  });

  const start = (key: string, input: Json, controller = new AbortController()) => {
    keys.add(key);
    const tool = createShellTool(config, { jobsDir, home, roots }, { grace: 500, poll: 100 });
    const { signal } = controller;
    const output = tool.run(input, { session: 's', call: '1.1', key, attempt: 1, signal }).then(textOf);
    return { output, abort: (reason: Interruption) => controller.abort(reason) };
  };
  return {
    root,
    home,
    jobsDir,
    cwd,
    config,
    start,
    run: (key: string, input: Json) => start(key, input).output,
    processes: async (key: string) => (await listJobProcesses(key)).length,
    file: (name: string) => readFile(join(cwd, name), 'utf8'),
  };
}

export function textOf(output: ToolOutput | CallElicitations): string {
  if (output.type === 'questions') throw new Error(JSON.stringify(output));
  return output.type === 'text' || output.type === 'error-text'
    ? `${output.type}: ${output.value}`
    : output.type;
}

/** Resolves when the file exists. Its folder must exist already. */
export async function appeared(folder: string, name: string): Promise<void> {
  const path = join(folder, name);
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = watch(folder, () => existsSync(path) && resolve());
  if (existsSync(path)) resolve();
  await promise.finally(() => watcher.close());
}
