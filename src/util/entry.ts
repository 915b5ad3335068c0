import { extname } from 'node:path';

/** `src` in development and `dist` in the build; in both, this code is one folder below it. */
const ROOT = new URL('../', import.meta.url);

/**
 * URL of a module that is started rather than imported (worker thread, child process), by its path below the root
 * and without its extension. The build finds these calls and keeps such modules where they are.
 */
export function entryPoint(path: string): URL {
  return new URL(`${path}${extname(import.meta.filename)}`, ROOT);
}

/** URL of a file or folder that is read rather than imported, by its path below the root. */
export function resource(path: string): URL {
  return new URL(path, ROOT);
}
