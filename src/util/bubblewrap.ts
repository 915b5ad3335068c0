import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { abbreviate } from './text.ts';

/** Why commands cannot be put into a sandbox on this machine, and what to do about it. */
export interface SandboxProblem {
  message: string;
  hint: string;
}

/** Programs that were seen to work; a machine does not lose the ability while we run. */
const proven = new Set<string>();

/** Tries it once in the life of a process, and again as long as it does not work: somebody may mend it meanwhile. */
export function sandboxProblem(searchPath: string): SandboxProblem | undefined {
  if (process.platform !== 'linux') {
    return { message: 'the sandbox needs Linux', hint: 'set it to "none", or run the daemon in a container' };
  }
  const program = findBubblewrap(searchPath);
  if (program === undefined) {
    return {
      message: `the program "bwrap" is not on the daemon's PATH`,
      hint: 'install the package "bubblewrap", or set it to "none"',
    };
  }
  if (proven.has(program)) return undefined;
  const { status, stderr, error } = spawnSync(program, TRIAL, { encoding: 'utf8', timeout: 10_000 });
  if (status === 0) {
    proven.add(program);
    return undefined;
  }
  const why = stderr?.trim().split('\n')[0] || error?.message || `exit status ${status}`;
  return {
    message: `${program} cannot make a sandbox on this machine (${abbreviate(why, 200)})`,
    hint: 'user namespaces must be allowed (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns; in a container its seccomp profile), or set it to "none"',
  };
}

/** Everything that a command's sandbox needs of the kernel. */
const TRIAL = [
  ...['--unshare-all', '--cap-drop', 'ALL', '--die-with-parent'],
  ...[
    '--ro-bind',
    '/',
    '/',
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--tmpfs',
    '/tmp',
    '--',
    '/bin/sh',
    '-c',
    ':',
  ],
];

/** Where `bwrap` is; `undefined` when it is not installed. */
export function findBubblewrap(searchPath: string): string | undefined {
  const places = searchPath.split(':').filter(isAbsolute);
  return places.map((folder) => join(folder, 'bwrap')).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
