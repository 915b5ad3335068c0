import { readFileSync } from 'node:fs';
import { resolveResource } from './entry.ts';

let running: string | undefined;

/**
 * Returns the version of the running release, from package.json. It is read once, because an upgrade replaces the
 * file while a process still runs the previous release.
 */
export function readVersion(): string {
  running ??= versionIn(readFileSync(resolveResource('../package.json'), 'utf8'));
  return running;
}

function versionIn(text: string): string {
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
