import { extname } from 'node:path';

/**
 * URL of a module beside the calling one, for entry points that are started rather than imported (worker threads,
 * child processes): `.ts` in development, `.js` in the build.
 */
export function sibling(from: ImportMeta, name: string): URL {
  return new URL(`${name}${extname(from.filename)}`, from.url);
}
