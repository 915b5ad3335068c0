import { existsSync, statSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { SandboxFolderError, SandboxMissingError } from '../../errors/tools.ts';
import { findBubblewrap } from '../../util/bubblewrap.ts';
import { type Home, isWithin, leadsToOwnPath, listOwnPaths, resolveRealPath } from '../../util/home.ts';
import { type Mount, recreateLinks } from './links.ts';

/** Options of a sandbox: which folders the command may write to, and what else it may reach. */
export interface SandboxOptions {
  /** Folders that the command may write to. */
  roots: readonly string[];
  /** Folder where the command starts; must lie in one of the roots. */
  cwd: string;
  /** The daemon's own folder, which is hidden from the command. */
  home: Home;
  /** Whether the command can reach the network. */
  network: boolean;
  /** Value of the command's environment variable HOME. */
  userHome: string | undefined;
}

/**
 * Returns the program and arguments that run a command in a sandbox; the caller appends the command's own.
 * Rules:
 *   1. The file system is built from nothing: what is not named here does not exist inside. Example:
 *      `/home/ann` is missing unless a root lies in it.
 *   2. Folders are shown under their real paths only. For a root that is named through a symbolic link, the
 *      link is recreated inside, so that no folder has a second name that would bypass rule 3. Example: the
 *      root `/work -> /data/work` is shown as `/data/work`, with the link `/work`.
 *   3. The daemon's own files are covered in every folder that is shown and contains them. Example: with the
 *      root `/home/ann`, the home `/home/ann/.midturn` is empty inside, apart from roots that lie in it.
 *   4. Capabilities are dropped, so that no cover can be unmounted. Example: `umount` fails, even for root.
 *   5. The sandbox dies with its parent, which is the job host and not the daemon, so a command survives a
 *      restart.
 * Throws SandboxMissingError when bubblewrap is not installed, and SandboxFolderError when `cwd` lies in no
 * root.
 */
export async function buildSandboxCommand(wishes: SandboxOptions): Promise<string[]> {
  const program = findBubblewrap(process.env['PATH'] ?? '');
  if (program === undefined) throw new SandboxMissingError();
  const { home } = wishes;
  const roots = await resolveRoots(wishes.roots, home);
  const cwd = await realpath(wishes.cwd);
  if (!roots.some((root) => isWithin(cwd, root))) throw new SandboxFolderError(cwd, wishes.roots);
  const userHome = wishes.userHome?.startsWith(sep) ? wishes.userHome : undefined;
  const binds = [
    ...SYSTEM.map((path) => ({ from: resolveRealPath(path), to: path, how: '--ro-bind-try' })),
    ...roots.map((root) => ({ from: root, to: root, how: '--bind' })),
  ];
  const covers = coverOwnPlaces(home, binds);
  const mounts = [
    ...binds.slice(0, SYSTEM.length).map(toMount),
    ...(await hideFromRoot()),
    ...(await mountResolver()),
    ...mountPrivateFolders(userHome && resolveRealPath(userHome), roots),
    ...binds.slice(SYSTEM.length).map(toMount),
    ...covers,
  ];
  const there = [...SYSTEM, ...roots, resolveRealPath(home.root)];
  const links = recreateLinks([...wishes.roots, ...(userHome ? [userHome] : [])], there);
  const readOnlyTop = roots.includes(sep) ? [] : ['--remount-ro', sep];
  const readOnlyCovers = covers
    .filter(({ args }) => args[0] === '--tmpfs')
    .flatMap(({ path }) => ['--remount-ro', path]);
  return [
    ...[program, '--unshare-all', ...(wishes.network ? ['--share-net'] : [])],
    ...['--cap-drop', 'ALL', '--die-with-parent'],
    ...sortOutermostFirst([...mounts, ...links]).flatMap(({ args }) => args),
    ...[...readOnlyCovers, ...readOnlyTop, '--chdir', cwd, '--'],
  ];
}

/** A real folder (`from`) that is shown in the sandbox at the path `to`. */
interface Bind {
  from: string;
  to: string;
  how: string;
}

function toMount({ from, to, how }: Bind): Mount {
  return { path: to, args: [how, from, to] };
}

/**
 * Returns the mounts that hide the daemon's own files wherever a shown folder contains them: a folder appears
 * empty, a file as /dev/null.
 */
function coverOwnPlaces(home: Home, binds: readonly Bind[]): Mount[] {
  const own = [...new Set(listOwnPaths(home).map(resolveRealPath))];
  const shown = binds.flatMap(({ from, to }) =>
    own
      .filter((place) => isWithin(place, from))
      .map((place) => ({ place, path: join(to, relative(from, place)) })),
  );
  const [top = home.root] = own;
  const mounts = [{ place: top, path: top }, ...shown].flatMap(({ place, path }): Mount[] => {
    if (place !== top && (isWithin(place, top) || !existsSync(place))) return [];
    const isFolder = place === top || statSync(place).isDirectory();
    return [{ path, args: isFolder ? ['--tmpfs', path] : ['--ro-bind', '/dev/null', path] }];
  });
  return mounts.filter(({ path }, index) => mounts.findIndex((other) => other.path === path) === index);
}

/** System folders that programs need to run; those that the machine has are shown read-only. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/opt', '/nix', '/etc'];

function mountReadOnly(path: string): Mount {
  return { path, args: ['--ro-bind-try', path, path] };
}

/**
 * Sorts mounts so that a folder inside another one comes after it, because a later mount covers what lies below
 * it.
 */
function sortOutermostFirst(mounts: Mount[]): Mount[] {
  const depth = ({ path }: Mount) => path.split(sep).filter(Boolean).length;
  return mounts.toSorted((a, b) => depth(a) - depth(b));
}

/** Returns the existing roots by their real paths. A root that leads to the daemon's own files is left out. */
async function resolveRoots(asked: readonly string[], home: Home): Promise<string[]> {
  const found = await Promise.all(asked.map((name) => realpath(name).catch(() => undefined)));
  const real = found.filter((path) => path !== undefined && !leadsToOwnPath(home, path));
  return [...new Set(real)].filter((path) => path !== undefined);
}

/**
 * Returns mounts of empty folders, which disappear when the command has ended: `/tmp`, `/var/tmp` and the
 * user's home.
 */
function mountPrivateFolders(userHome: string | undefined, roots: readonly string[]): Mount[] {
  const mounts: Mount[] = [
    { path: '/proc', args: ['--proc', '/proc'] },
    { path: '/dev', args: ['--dev', '/dev'] },
    { path: '/tmp', args: ['--tmpfs', '/tmp'] },
    { path: '/var/tmp', args: ['--tmpfs', '/var/tmp'] },
  ];
  const known = [...SYSTEM, ...roots, ...mounts.map(({ path }) => path)];
  if (userHome === undefined || userHome === sep || known.some((path) => isWithin(userHome, path))) {
    return mounts;
  }
  return [...mounts, { path: userHome, args: ['--tmpfs', userHome] }];
}

/**
 * Returns mounts that hide what only root may access. A daemon that runs as root runs its commands as the owner
 * of these files, so that dropping capabilities alone does not protect them.
 */
async function hideFromRoot(): Promise<Mount[]> {
  if (process.getuid?.() !== 0) return [];
  const kernel = ['--ro-bind', '/proc/sys', '/proc/sys'];
  return [...(await hidePrivateEntries('/etc')), { path: '/proc/sys', args: kernel }];
}

/**
 * Returns mounts that hide the entries of a folder that other users cannot read, such as keys and password
 * hashes.
 */
async function hidePrivateEntries(folder: string): Promise<Mount[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const mounts = entries.map(async (entry): Promise<Mount[]> => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory() && !entry.isFile()) return [];
    const open = ((await stat(path).catch(() => undefined))?.mode ?? 0) & 0o004;
    if (entry.isFile()) return open ? [] : [{ path, args: ['--ro-bind', '/dev/null', path] }];
    return open ? hidePrivateEntries(path) : [{ path, args: ['--tmpfs', path] }];
  });
  return (await Promise.all(mounts)).flat();
}

/** Shows the file with the DNS settings, which is often a link to a place that does not exist inside. */
async function mountResolver(): Promise<Mount[]> {
  const file = '/etc/resolv.conf';
  if (!existsSync(file)) return [];
  const real = await realpath(file);
  return SYSTEM.some((path) => isWithin(real, path)) ? [] : [mountReadOnly(real)];
}
