import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { StartFolderError } from '../../errors/tools.ts';
import type { Home } from '../../util/home.ts';
import { defineTool } from '../port/define.ts';
import { type Tool, toolError } from '../port/tool.ts';
import type { ShellConfig } from './config.ts';
import { buildJobEnvironment } from './environment.ts';
import { readBootId, readUptime } from './job/boot.ts';
import { followJob } from './job/follow.ts';
import { createJob, type JobRecord, readJob } from './job/job.ts';
import { reportJobEnd } from './report.ts';
import { buildSandboxCommand } from './sandbox.ts';
import { timeLimitSchema } from './time-limit.ts';

/** The shell tool. A command has at most this many bytes, because the system's limit for one argument is 128 KiB. */
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
  cwd: z
    .string()
    .min(1)
    .optional()
    .describe('Folder to start in; relative paths start at the default folder.'),
  timeout: timeLimitSchema.optional().describe('How long it may run, counted from its first start.'),
});

type Arguments = z.infer<typeof shellArguments>;

interface ShellTiming {
  /** Milliseconds between SIGTERM and SIGKILL. */
  grace: number;
  /** Milliseconds between two checks of a job when no change is reported. */
  poll: number;
}

const TIMING: ShellTiming = { grace: 2_000, poll: 500 };

export interface ShellDeps {
  jobsDir: string;
  /** The daemon's own folder, which is hidden from sandboxed commands. */
  home: Home;
  /** Folders that a sandboxed command may write to, besides the folder where commands start. */
  roots: readonly string[];
}

/**
 * Creates `shell`, which runs commands as jobs outside our processes; docs/guide/tools.md says what a job
 * survives.
 */
export function createShellTool(config: ShellConfig, places: ShellDeps, timing: ShellTiming = TIMING): Tool {
  const { jobsDir } = places;
  return defineTool({
    name: 'shell',
    description: `Runs a command line with ${findInterpreter()} and returns what it printed (both streams) and its exit status. There is no terminal and no input. A command still running after the time limit (${config.timeout / 1000} s unless you set "timeout") is ended together with everything it started.${describeSandbox(config, places)}`,
    arguments: shellArguments,
    effect: 'write',
    resumable: true,
    timeout: (args) => args.timeout ?? config.timeout,
    async run(args, { session, key, signal, report }) {
      const known = await readJob(jobsDir, key);
      if (!known && signal.aborted) return toolError(`Not started: ${signal.reason}.`);
      const job =
        known ?? (await createJob(jobsDir, key, { session, ...(await createRecord(args, config, places)) }));
      const end = await followJob(job, signal, {
        env: buildEnvironment(job.record.sandbox !== undefined, config),
        outputLimit: config.outputLimit,
        report,
        ...timing,
      });
      if (end.kind === 'detached') return toolError('The command continues to run.');
      return reportJobEnd(job, end, config.outputLimit);
    },
  });
}

async function createRecord(
  { command, cwd, timeout }: Arguments,
  config: ShellConfig,
  places: ShellDeps,
): Promise<JobRecord> {
  const folder = await resolveStartFolder(config.cwd, cwd);
  return {
    format: 1,
    command: withUnixLines(command),
    cwd: folder,
    interpreter: findInterpreter(),
    ...(config.sandbox === 'none' ? {} : { sandbox: await buildSandbox(folder, config, places) }),
    env: Object.keys(config.env),
    createdAt: Date.now(),
    timeout: timeout ?? config.timeout,
    createdUptime: readUptime(),
    boot: await readBootId(),
  };
}

/** Converts CRLF line ends, because a shell takes the carriage return as a part of the line's last word. */
function withUnixLines(command: string): string {
  return /[^\r]\n|^\n/.test(command) ? command : command.replaceAll('\r\n', '\n');
}

function buildSandbox(cwd: string, config: ShellConfig, { home, roots }: ShellDeps): Promise<string[]> {
  const userHome = buildEnvironment(true, config)['HOME'];
  return buildSandboxCommand({ roots: [config.cwd, ...roots], cwd, home, network: config.network, userHome });
}

/**
 * Returns the environment of a command. A sandbox has its own folder for temporary files in the usual place, so
 * TMPDIR is not passed.
 */
function buildEnvironment(sandboxed: boolean, config: ShellConfig): Record<string, string> {
  return buildJobEnvironment(sandboxed ? { ...process.env, TMPDIR: undefined } : process.env, config.env);
}

function describeSandbox({ sandbox, network, cwd }: ShellConfig, { roots }: ShellDeps): string {
  if (sandbox === 'none') return '';
  const writable = [...new Set([cwd, ...roots])].join(', ');
  return ` It runs in a sandbox: it can write only to ${writable}; /tmp and the home folder start empty and are deleted when it ends, and background processes end with it; ${network ? 'there is a network' : 'there is no network'}.`;
}

async function resolveStartFolder(base: string, chosen: string | undefined): Promise<string> {
  await mkdir(base, { recursive: true });
  const folder = resolve(base, chosen ?? '.');
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) throw new StartFolderError(folder);
  return folder;
}

/**
 * Returns the shell that runs the command: bash, because models write bash; any POSIX shell where bash is
 * missing.
 */
function findInterpreter(): string {
  return existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh';
}
