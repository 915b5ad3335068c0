import { existsSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { SandboxFolderError, SandboxMissingError } from '../../errors/tools.ts';
import { findBubblewrap } from '../../util/bubblewrap.ts';
import { type Home, homeAt, isOwn, isWithin } from '../../util/home.ts';

export interface SandboxWishes {
  /** Folders that the command may write to. */
  roots: readonly string[];
  /** Where it starts; must lie in one of them. */
  cwd: string;
  /** The daemon's own folder. */
  home: Home;
  /** Whether it reaches the network. */
  network: boolean;
  /** Its environment variable HOME. */
  userHome: string | undefined;
}

/**
 * The program with its arguments that runs a command in a sandbox; the command's own follow. The file system is
 * built from nothing: what is not named here does not exist inside. Capabilities are dropped, so that nothing can
 * be unmounted; it dies with its parent, which is the job host and not the daemon.
 */
export async function sandboxCommand(wishes: SandboxWishes): Promise<string[]> {
  const program = findBubblewrap(process.env['PATH'] ?? '');
  if (program === undefined) throw new SandboxMissingError();
  const home = homeAt(await realpath(wishes.home.root).catch(() => wishes.home.root));
  const roots = await realRoots(wishes.roots, home);
  const cwd = await realpath(wishes.cwd);
  if (!roots.some(({ real }) => isWithin(cwd, real))) throw new SandboxFolderError(cwd, wishes.roots);
  const mounts = [
    ...SYSTEM.map((path) => readOnly(path)),
    ...(await keptFromRoot()),
    ...(await resolverOutsideEtc()),
    ...privateFolders(wishes.userHome, roots),
    ...roots.map(({ real, seen }): Mount => ({ path: seen, args: ['--bind', real, seen] })),
    { path: home.root, args: ['--tmpfs', home.root] },
  ];
  const readOnlyTop = roots.some(({ real }) => real === sep) ? [] : ['--remount-ro', sep];
  return [
    ...[program, '--unshare-all', ...(wishes.network ? ['--share-net'] : [])],
    ...['--cap-drop', 'ALL', '--die-with-parent'],
    ...outermostFirst(mounts).flatMap(({ args }) => args),
    ...['--remount-ro', home.root, ...readOnlyTop, '--chdir', cwd, '--'],
  ];
}

/** What programs need to run; whatever of it the machine has. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/opt', '/nix', '/etc'];

interface Mount {
  path: string;
  args: string[];
}

function readOnly(path: string): Mount {
  return { path, args: ['--ro-bind-try', path, path] };
}

/** What is mounted later covers what it lies on, so a folder in a folder has to come after it. */
function outermostFirst(mounts: Mount[]): Mount[] {
  const depth = ({ path }: Mount) => path.split(sep).filter(Boolean).length;
  return mounts.toSorted((a, b) => depth(a) - depth(b));
}

interface Root {
  real: string;
  /** Under which name it is there; one that leads over a symbolic link is there under both. */
  seen: string;
}

/** Those that exist. The daemon's own folder is never one of them, nor anything in it but folders of its users. */
async function realRoots(asked: readonly string[], home: Home): Promise<Root[]> {
  const roots: Root[] = [];
  for (const name of asked) {
    const real = await realpath(name).catch(() => undefined);
    if (real === undefined || isOwn(home, real)) continue;
    roots.push({ real, seen: real });
    if (name !== real && !isWithin(name, home.root)) roots.push({ real, seen: name });
  }
  return roots.filter(({ seen }, index) => roots.findIndex((other) => other.seen === seen) === index);
}

/** Empty folders that are gone when the command has ended. */
function privateFolders(userHome: string | undefined, roots: Root[]): Mount[] {
  const mounts: Mount[] = [
    { path: '/proc', args: ['--proc', '/proc'] },
    { path: '/dev', args: ['--dev', '/dev'] },
    { path: '/tmp', args: ['--tmpfs', '/tmp'] },
    { path: '/var/tmp', args: ['--tmpfs', '/var/tmp'] },
  ];
  const known = [...SYSTEM, ...roots.map(({ seen }) => seen), ...mounts.map(({ path }) => path)];
  if (!userHome?.startsWith(sep) || userHome === sep || known.some((path) => isWithin(userHome, path))) {
    return mounts;
  }
  return [...mounts, { path: userHome, args: ['--tmpfs', userHome] }];
}

/** Commands of a daemon that runs as root are the files' owner still: what root alone may do, they must not. */
async function keptFromRoot(): Promise<Mount[]> {
  if (process.getuid?.() !== 0) return [];
  const kernel = ['--ro-bind', '/proc/sys', '/proc/sys'];
  return [...(await hiddenIn('/etc')), { path: '/proc/sys', args: kernel }];
}

/** Keys, password hashes: all that is not for everybody. */
async function hiddenIn(folder: string): Promise<Mount[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const mounts = entries.map(async (entry): Promise<Mount[]> => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory() && !entry.isFile()) return [];
    const open = ((await stat(path).catch(() => undefined))?.mode ?? 0) & 0o004;
    if (entry.isFile()) return open ? [] : [{ path, args: ['--ro-bind', '/dev/null', path] }];
    return open ? hiddenIn(path) : [{ path, args: ['--tmpfs', path] }];
  });
  return (await Promise.all(mounts)).flat();
}

/** The file that says how names are looked up is often a link to a place that is not there inside. */
async function resolverOutsideEtc(): Promise<Mount[]> {
  const file = '/etc/resolv.conf';
  if (!existsSync(file)) return [];
  const real = await realpath(file);
  return SYSTEM.some((path) => isWithin(real, path)) ? [] : [readOnly(real)];
}
