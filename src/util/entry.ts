import { extname } from 'node:path';

/** The root of the code: `src` in development and `dist` in the build. In both, this file is one folder below it. */
const ROOT = new URL('../', import.meta.url);

/**
 * Returns the URL of a module that is started rather than imported (worker thread, child process), by its path below
 * the root and without its extension. The build finds these calls and keeps such modules as separate files.
 */
export function entryPoint(path: string): URL {
  return new URL(`${path}${extname(import.meta.filename)}`, ROOT);
}

/** Returns the URL of a file or folder that is read rather than imported, by its path below the root. */
export function resolveResource(path: string): URL {
  return new URL(path, ROOT);
}
