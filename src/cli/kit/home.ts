import { mkdirSync } from 'node:fs';
import { HomeError } from '../../errors/cli.ts';
import type { Home } from '../../util/home.ts';

/** Creates the home directory with mode 0700 if it does not exist. Throws HomeError with the reason. */
export function createHome({ root }: Home): void {
  try {
    mkdirSync(root, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new HomeError(root, error);
  }
}
