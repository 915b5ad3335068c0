import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { StartFolderError } from '../../errors/tools.ts';
import type { ShellConfig } from '../config.ts';
import { defineTool } from '../define.ts';
import { type Tool, toolError } from '../tool.ts';
import { bootId, uptime } from './boot.ts';
import { jobEnvironment } from './environment.ts';
import { followJob } from './follow.ts';
import { createJob, type JobRecord, readJob } from './job.ts';
import { report } from './report.ts';
import { timeLimit } from './time-limit.ts';

/** The system's limit for one argument of a process is 128 KiB. */
const LONGEST_COMMAND = 100_000;

const shellArguments = z.strictObject({
  command: z
    .string()
    .min(1)
    .refine((text) => Buffer.byteLength(text) <= LONGEST_COMMAND, {
      error: `is longer than ${LONGEST_COMMAND} bytes; write a file and run that`,
    })
    .refine((text) => !text.includes('\0'), { error: 'contains a NUL character' })
    .describe('The command line.'),
  cwd: z.string().min(1).optional().describe('Folder to start in; relative to the default one.'),
  timeout: timeLimit.optional().describe('How long it may run, counted from its first start.'),
});

type Arguments = z.infer<typeof shellArguments>;

interface ShellTiming {
  /** Milliseconds between SIGTERM and SIGKILL. */
  grace: number;
  /** Milliseconds between two looks at a job of which nothing is heard. */
  poll: number;
}

const TIMING: ShellTiming = { grace: 2_000, poll: 500 };

/** Runs commands as jobs outside our processes; see docs/guide/tools.md for what a job survives. */
export function shellTool(
  config: ShellConfig,
  { jobsDir }: { jobsDir: string },
  timing: ShellTiming = TIMING,
): Tool {
  return defineTool({
    name: 'shell',
    description: `Runs a command line with ${interpreter()} and returns what it printed (both streams) and its exit status. There is no terminal and no input. A command still running after the time limit (${config.timeout / 1000} s unless you set "timeout") is ended with everything that it started.`,
    arguments: shellArguments,
    effect: 'write',
    resumable: true,
    timeout: (args) => args.timeout ?? config.timeout,
    async run(args, { key, signal }) {
      const known = await readJob(jobsDir, key);
      if (!known && signal.aborted) return toolError(`Not started: ${signal.reason}.`);
      const job = known ?? (await createJob(jobsDir, key, await newRecord(args, config)));
      const end = await followJob(job, signal, {
        env: jobEnvironment(process.env, config.env),
        outputLimit: config.outputLimit,
        ...timing,
      });
      if (end.kind === 'detached') return toolError('The command goes on.');
      return report(job, end, config.outputLimit);
    },
  });
}

async function newRecord({ command, cwd, timeout }: Arguments, config: ShellConfig): Promise<JobRecord> {
  return {
    format: 1,
    command,
    cwd: await startFolder(config.cwd, cwd),
    interpreter: interpreter(),
    env: Object.keys(config.env),
    createdAt: Date.now(),
    timeout: timeout ?? config.timeout,
    createdUptime: uptime(),
    boot: await bootId(),
  };
}

async function startFolder(base: string, chosen: string | undefined): Promise<string> {
  await mkdir(base, { recursive: true });
  const folder = resolve(base, chosen ?? '.');
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) throw new StartFolderError(folder);
  return folder;
}

/** Models write bash; where it is missing, any POSIX shell has to do. */
function interpreter(): string {
  return existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh';
}
