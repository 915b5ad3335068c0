import { realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve, sep } from 'node:path';

/** The paths of everything that belongs to one daemon. All paths are absolute. */
export interface Home {
  root: string;
  config: string;
  /** Directory of the durable state, which holds the journal and the revisions. */
  state: string;
  journal: string;
  /** Directory of the configurations that were in force, one file for each revision. */
  revisions: string;
  /** Directory of sockets and the lock; nothing in it outlives the daemon. */
  run: string;
  socket: string;
  lock: string;
  /** Directory with one folder for each shell job. */
  jobs: string;
  logs: string;
  /** The log file of a daemon in the background; rotated by size and age. */
  log: string;
  /** Where the file and shell tools of agents work unless the configuration names other folders. */
  work: string;
}

/** Returns the paths of the home: `chosen` (`--home`), else `MIDTURN_HOME`, else `~/.midturn`. */
export function resolveHome(chosen?: string): Home {
  const root = resolve(chosen ?? process.env['MIDTURN_HOME'] ?? join(homedir(), '.midturn'));
  const at = (...parts: string[]) => join(root, ...parts);
  return {
    root,
    config: at('midturn.jsonc'),
    state: at('state'),
    journal: at('state', 'journal.db'),
    revisions: at('state', 'config'),
    run: at('run'),
    socket: at('run', 'midturn.sock'),
    lock: at('run', 'lock.db'),
    jobs: at('jobs'),
    logs: at('logs'),
    log: at('logs', 'midturn.log'),
    work: at('work'),
  };
}

/**
 * Checks whether a path is the home itself or one of the places where the daemon keeps its data; other folders in
 * the home belong to its users.
 */
function isOwnPath(home: Home, path: string): boolean {
  if (path === home.root) return true;
  return listOwnPaths(home).some((own) => own !== home.root && isWithin(path, own));
}

/** Returns the paths that belong to the daemon: the home, its configuration, state, sockets, jobs and logs. */
export function listOwnPaths(home: Home): string[] {
  return [home.root, home.config, home.state, home.run, home.jobs, home.logs];
}

/**
 * Checks whether a path leads to the daemon's own data, with symbolic links followed on both sides: a state folder
 * that is a link to another disk is the daemon's there too.
 */
export function leadsToOwnPath(home: Home, path: string): boolean {
  const real = resolveRealPath(path);
  if (isOwnPath(home, path) || real === resolveRealPath(home.root)) return true;
  return listOwnPaths(home).some((own) => own !== home.root && isWithin(real, resolveRealPath(own)));
}

/**
 * Checks whether a path is, or would be, a file directly in the home. Folders there may belong to its users; files
 * there do not.
 */
export function isFileOfHome(home: Home, path: string): boolean {
  const real = resolveRealPath(path);
  if (dirname(real) !== resolveRealPath(home.root)) return false;
  return !statSync(real, { throwIfNoEntry: false })?.isDirectory();
}

/**
 * Returns the real path, with symbolic links followed; a path that does not exist is placed in its deepest existing
 * folder.
 */
export function resolveRealPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(resolveRealPath(parent), basename(path));
  }
}

/** Checks whether a path is `folder` or lies below it. Both must be absolute; symbolic links are not followed. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}
