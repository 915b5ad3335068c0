import { mkdirSync } from 'node:fs';
import { HomeError } from '../../errors/cli.ts';
import type { Home } from '../../util/home.ts';

/** Makes the folder where it is missing. Throws HomeError. */
export function makeHome({ root }: Home): void {
  try {
    mkdirSync(root, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new HomeError(root, error);
  }
}
