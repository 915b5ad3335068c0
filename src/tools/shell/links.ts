import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { isWithin } from '../../util/home.ts';

/** Arguments of bubblewrap that put a file, folder or link at a path in the sandbox. */
export interface Mount {
  path: string;
  args: string[];
}

/** Most symbolic links that are followed for one path, the same limit as in the kernel. */
const MAX_LINKS = 40;

/**
 * Returns the symbolic links through which folders are named, to be recreated inside a sandbox. A link in a
 * folder that is shown inside (`there`) comes with that folder; nothing is ever created in such a folder.
 */
export function recreateLinks(names: readonly string[], there: readonly string[]): Mount[] {
  const links = new Map<string, string>();
  for (const name of names) followLinks(name, links);
  return [...links]
    .filter(
      ([path]) => !there.some((folder) => folder !== sep && isWithin(path, folder)) && !there.includes(sep),
    )
    .map(([path, target]) => ({ path, args: ['--symlink', target, path] }));
}

/** Follows a path one component at a time and records each link on the way under its real path. */
function followLinks(name: string, links: Map<string, string>): void {
  let ahead = resolve(name).split(sep).filter(Boolean);
  let real: string = sep;
  for (let followed = 0; followed < MAX_LINKS; ) {
    const part = ahead.shift();
    if (part === undefined) return;
    const path = join(real, part);
    if (!isLink(path)) {
      real = path;
      continue;
    }
    followed += 1;
    const target = readlinkSync(path);
    links.set(path, target);
    ahead = [...resolve(dirname(path), target).split(sep).filter(Boolean), ...ahead];
    real = sep;
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
