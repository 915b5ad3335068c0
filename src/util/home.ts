import { homedir } from 'node:os';
import { join, resolve, sep } from 'node:path';

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
export function isOwn(home: Home, path: string): boolean {
  if (path === home.root) return true;
  return [home.config, home.state, home.run, home.jobs, home.logs].some((own) => isWithin(path, own));
}

/** Whether a path is a folder or lies in it. Both are absolute; links are not looked at. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}
