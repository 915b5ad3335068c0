import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { abbreviateText } from './text.ts';

/** Finds out whether commands can be put into a sandbox: why not on this machine, and what to do about it. */
export interface SandboxProblem {
  message: string;
  hint: string;
}

/** Programs that have made a sandbox in this process; a machine does not lose the ability while it runs. */
const workingPrograms = new Set<string>();

/**
 * Returns why no sandbox can be made; `undefined` when one can. Success is remembered for the life of the process; a
 * failure is tried again at each call, because the operator may fix it meanwhile.
 */
export function findSandboxProblem(searchPath: string): SandboxProblem | undefined {
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
  if (workingPrograms.has(program)) return undefined;
  const { status, stderr, error } = spawnSync(program, TRIAL, { encoding: 'utf8', timeout: 10_000 });
  if (status === 0) {
    workingPrograms.add(program);
    return undefined;
  }
  const why = stderr?.trim().split('\n')[0] || error?.message || `exit status ${status}`;
  return {
    message: `${program} cannot make a sandbox on this machine (${abbreviateText(why, 200)})`,
    hint: 'user namespaces must be allowed (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns; in a container its seccomp profile), or set it to "none"',
  };
}

/** Arguments of a trial run that needs everything that a real sandbox needs from the kernel. */
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

/** Returns the path of `bwrap` on `searchPath`; `undefined` when it is not installed there. */
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
