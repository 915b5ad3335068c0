import { readFileSync } from 'node:fs';
import { resource } from './entry.ts';

/** Version of this release, from package.json. */
export function readVersion(): string {
  const { version } = JSON.parse(readFileSync(resource('../package.json'), 'utf8')) as { version: string };
  return version;
}
