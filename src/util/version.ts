import { readFileSync } from 'node:fs';
import { resource } from './entry.ts';

let running: string | undefined;

/**
 * Version of the release that this process runs, from package.json. Read once: an upgrade replaces the file below a
 * process that still runs the release before.
 */
export function readVersion(): string {
  running ??= versionIn(readFileSync(resource('../package.json'), 'utf8'));
  return running;
}

function versionIn(text: string): string {
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
