import { existsSync, statSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { SandboxFolderError, SandboxMissingError } from '../../errors/tools.ts';
import { findBubblewrap } from '../../util/bubblewrap.ts';
import { type Home, isWithin, leadsToOwn, ownPlaces, realDestination } from '../../util/home.ts';
import { linksTo, type Mount } from './links.ts';

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
 * The program with its arguments that runs a command in a sandbox; the command's own follow.
 *   1. The file system is built from nothing: what is not named here does not exist inside.
 *   2. Folders are shown under their real paths only. A root that is named over a symbolic link has that link inside,
 *      so that a folder has no second name under which something in it could be seen.
 *   3. What is the daemon's own is covered in every folder that is shown and contains it.
 *   4. Capabilities are dropped, so that nothing can be unmounted.
 * It dies with its parent, which is the job host and not the daemon.
 */
export async function sandboxCommand(wishes: SandboxWishes): Promise<string[]> {
  const program = findBubblewrap(process.env['PATH'] ?? '');
  if (program === undefined) throw new SandboxMissingError();
  const { home } = wishes;
  const roots = await realRoots(wishes.roots, home);
  const cwd = await realpath(wishes.cwd);
  if (!roots.some((root) => isWithin(cwd, root))) throw new SandboxFolderError(cwd, wishes.roots);
  const userHome = wishes.userHome?.startsWith(sep) ? wishes.userHome : undefined;
  const binds = [
    ...SYSTEM.map((path) => ({ from: realDestination(path), to: path, how: '--ro-bind-try' })),
    ...roots.map((root) => ({ from: root, to: root, how: '--bind' })),
  ];
  const covers = coversOf(home, binds);
  const mounts = [
    ...binds.slice(0, SYSTEM.length).map(mountOf),
    ...(await keptFromRoot()),
    ...(await resolverOutsideEtc()),
    ...privateFolders(userHome && realDestination(userHome), roots),
    ...binds.slice(SYSTEM.length).map(mountOf),
    ...covers,
  ];
  const there = [...SYSTEM, ...roots, realDestination(home.root)];
  const links = linksTo([...wishes.roots, ...(userHome ? [userHome] : [])], there);
  const readOnlyTop = roots.includes(sep) ? [] : ['--remount-ro', sep];
  const readOnlyCovers = covers
    .filter(({ args }) => args[0] === '--tmpfs')
    .flatMap(({ path }) => ['--remount-ro', path]);
  return [
    ...[program, '--unshare-all', ...(wishes.network ? ['--share-net'] : [])],
    ...['--cap-drop', 'ALL', '--die-with-parent'],
    ...outermostFirst([...mounts, ...links]).flatMap(({ args }) => args),
    ...[...readOnlyCovers, ...readOnlyTop, '--chdir', cwd, '--'],
  ];
}

/** A real folder that is shown in the sandbox, under this path. */
interface Bind {
  from: string;
  to: string;
  how: string;
}

function mountOf({ from, to, how }: Bind): Mount {
  return { path: to, args: [how, from, to] };
}

/** Nothing is put in the place of what the daemon keeps, wherever a folder shows it; its own folders are empty there. */
function coversOf(home: Home, binds: readonly Bind[]): Mount[] {
  const own = [...new Set(ownPlaces(home).map(realDestination))];
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

/** What programs need to run; whatever of it the machine has. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/opt', '/nix', '/etc'];

function readOnly(path: string): Mount {
  return { path, args: ['--ro-bind-try', path, path] };
}

/** What is mounted later covers what it lies on, so a folder in a folder has to come after it. */
function outermostFirst(mounts: Mount[]): Mount[] {
  const depth = ({ path }: Mount) => path.split(sep).filter(Boolean).length;
  return mounts.toSorted((a, b) => depth(a) - depth(b));
}

/** Those that exist, by their real paths. What leads to the daemon's own is never one of them. */
async function realRoots(asked: readonly string[], home: Home): Promise<string[]> {
  const found = await Promise.all(asked.map((name) => realpath(name).catch(() => undefined)));
  const real = found.filter((path) => path !== undefined && !leadsToOwn(home, path));
  return [...new Set(real)].filter((path) => path !== undefined);
}

/** Empty folders that are gone when the command has ended. */
function privateFolders(userHome: string | undefined, roots: readonly string[]): Mount[] {
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
