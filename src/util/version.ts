import { readFileSync } from 'node:fs';

/** Version of this release, from package.json. */
export function readVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return version;
}
