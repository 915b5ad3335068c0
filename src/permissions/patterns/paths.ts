import { lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { ANY, coversGlob, type Glob, mayFit, SEGMENT } from './glob.ts';
import { type ArgumentPattern, type BasePaths, getTextArgument, type PatternKind } from './kind.ts';

const MAX_DOUBLE_STARS = 3;

/** Patterns for paths: `notes/*.md`, `/etc/**`. Relative patterns start where relative paths of calls start. */
export function createFilePatterns(argument: string): PatternKind {
  return createPathPatterns(argument, undefined);
}

/** Patterns for tools that also read what is below the path, such as `search_files`. */
export function createFolderPatterns(argument: string): PatternKind {
  return createPathPatterns(argument, '.');
}

function createPathPatterns(argument: string, byDefault: string | undefined): PatternKind {
  const pathOf = (input: unknown) => getTextArgument(input, argument) ?? byDefault;
  return {
    argument,
    parsePattern(text, places) {
      if (text.split('**').length > MAX_DOUBLE_STARS + 1)
        return `a pattern has "**" at most ${MAX_DOUBLE_STARS} times`;
      return patternFor(text, places, pathOf, byDefault !== undefined);
    },
    isDirect(input, { files: root }) {
      const asked = resolve(root, pathOf(input) ?? '.');
      const start = resolve(root);
      return followLinks(asked) === resolve(followLinks(start), relative(start, asked));
    },
    narrowPattern(input, { files: root }) {
      const path = pathOf(input);
      if (path === undefined) return undefined;
      const found = followLinks(resolve(root, path));
      const inside = relative(followLinks(resolve(root)), found);
      const label = inside === '..' || inside.startsWith('../') ? found : inside || '.';
      return label.replaceAll(/[\\*]/g, '\\$&');
    },
  };
}

function patternFor(
  text: string,
  { files: root }: BasePaths,
  pathOf: (input: unknown) => string | undefined,
  deep: boolean,
): ArgumentPattern {
  const written = resolve(root, text);
  const plain = globsOf(written);
  const real = () => globsOf(withRealStart(written));
  return {
    globs: plain,
    matches(input) {
      const path = pathOf(input);
      if (path === undefined) return false;
      const found = followLinks(resolve(root, path)).split('');
      return real().some((glob) => coversGlob(glob, found));
    },
    mayMatch(input) {
      const path = pathOf(input);
      if (path === undefined) return true;
      const asked = resolve(root, path);
      const ways = [asked, followLinks(asked)].flatMap((way) => {
        const exact = way.split('');
        return deep ? [exact, [...(way === '/' ? [] : exact), '/', ANY]] : [exact];
      });
      return [...plain, ...real()].some((glob) => ways.some((way) => mayFit(glob, way)));
    },
  };
}

/** Returns the globs of a pattern. A `**` may stand for no folder at all, so `notes/**` also matches `notes`. */
function globsOf(path: string): Glob[] {
  const around = path.indexOf('/**/');
  if (around >= 0) {
    const [before, after] = [path.slice(0, around), path.slice(around + 4)];
    return globsOf(after).flatMap((rest) => [
      [...globOf(before), '/', ...rest],
      [...globOf(before), '/', ANY, '/', ...rest],
    ]);
  }
  if (path.endsWith('/**'))
    return [globOf(path.slice(0, -3) || '/'), [...globOf(path.slice(0, -3)), '/', ANY]];
  return [globOf(path)];
}

function globOf(path: string): Glob {
  const pieces = path.match(/\\.|\*\*|./gs) ?? [];
  return pieces.map((piece) => {
    if (piece === '**') return ANY;
    return piece === '*' ? SEGMENT : piece.length > 1 ? piece.slice(1) : piece;
  });
}

/** Resolves the symbolic links in the part of a pattern before its first wildcard. */
function withRealStart(path: string): string {
  const segments = path.split('/');
  const wild = segments.findIndex((segment) => /[\\*]/.test(segment));
  const start = segments.slice(0, wild < 0 ? undefined : wild).join('/') || '/';
  const rest = wild < 0 ? [] : segments.slice(wild);
  return join(followLinks(start), ...rest);
}

/**
 * Returns where a path leads, with symbolic links followed as far as it exists; a broken link is returned as it is.
 */
function followLinks(path: string): string {
  const missing: string[] = [];
  for (let existing = path; ; existing = dirname(existing)) {
    try {
      return join(realpathSync(existing), ...missing);
    } catch {
      if (existing === dirname(existing) || isThere(existing)) return path;
      missing.unshift(basename(existing));
    }
  }
}

/**
 * Checks whether a path exists. A path that cannot be inspected counts as existing, because its target is unknown.
 */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}
