import { realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve, sep } from 'node:path';

/** Where everything of one daemon is. All paths are absolute. */
export interface Home {
  root: string;
  config: string;
  /** Durable state: the journal. */
  state: string;
  journal: string;
  /** The configurations that were in force, one file each. */
  revisions: string;
  /** Sockets and the lock; nothing in it outlives the daemon. */
  run: string;
  socket: string;
  lock: string;
  /** One folder for each shell job. */
  jobs: string;
  logs: string;
  /** What a daemon in the background writes; rotated. */
  log: string;
  /** Where agents' file and shell tools work unless the config says otherwise. */
  work: string;
}

/** `--home`, else `MIDTURN_HOME`, else `~/.midturn`. */
export function homeAt(chosen?: string): Home {
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

/** Whether a path is the home itself or among what the daemon keeps in it; other folders there are its users'. */
function isOwn(home: Home, path: string): boolean {
  if (path === home.root) return true;
  return ownPlaces(home).some((own) => own !== home.root && isWithin(path, own));
}

/** The home, and what the daemon keeps in it: its configuration, state, sockets, jobs and logs. */
export function ownPlaces(home: Home): string[] {
  return [home.root, home.config, home.state, home.run, home.jobs, home.logs];
}

/**
 * Whether a path leads to what is the daemon's own, symbolic links followed on both sides: a state folder that is a
 * link to another disk is the daemon's there too.
 */
export function leadsToOwn(home: Home, path: string): boolean {
  const real = realDestination(path);
  if (isOwn(home, path) || real === realDestination(home.root)) return true;
  return ownPlaces(home).some((own) => own !== home.root && isWithin(real, realDestination(own)));
}

/** Whether a path is, or would be, a file directly in the home: its folders may be its users', files there are not. */
export function isFileOfHome(home: Home, path: string): boolean {
  const real = realDestination(path);
  if (dirname(real) !== realDestination(home.root)) return false;
  return !statSync(real, { throwIfNoEntry: false })?.isDirectory();
}

/** Where a path leads; what is not there is taken to lie in its deepest existing folder. */
export function realDestination(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realDestination(parent), basename(path));
  }
}

/** Whether a path is a folder or lies in it. Both are absolute; links are not looked at. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}
