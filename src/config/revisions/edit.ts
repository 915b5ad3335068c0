import { lstatSync, mkdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { ConfigConflictError, ConfigPathError, ConfigWriteError } from '../../errors/config.ts';
import type { Home } from '../../util/home.ts';
import { replaceFileSync } from '../../util/replace-file.ts';
import { inspectConfig } from '../check/load.ts';
import { getValueAt } from '../fields/problems.ts';
import { parseDocument } from '../source/jsonc.ts';
import { parsePath } from '../source/parse-path.ts';
import { isRecord, rewriteSource } from '../source/rewrite.ts';

/**
 * Applies a JSON merge patch (RFC 7386) to the text of a configuration: `null` removes a key, objects are merged,
 * anything else replaces. Comments, order, layout and references of unchanged parts are kept. The result may be
 * invalid; check it with `checkConfig`. Throws ConfigError when the text itself is broken.
 */
export function applyMergePatch(source: string, patch: unknown): string {
  return rewriteSource(source, mergeValue(parseDocument(source).value, patch));
}

/**
 * Sets one key, or removes it when `value` is undefined. Throws ConfigPathError, and ConfigError when the text is
 * broken.
 */
export function setValueAt(source: string, path: string, value: unknown): string {
  const present = parseDocument(source).value;
  const segments = parsePath(path);
  return rewriteSource(
    source,
    value === undefined ? withoutValue(present, segments) : withValue(present, segments, value, path),
  );
}

/**
 * Writes the configuration file atomically and durably. A symbolic link is kept and its target replaced; the mode is
 * kept, and only the owner can read a new file. `base` is the version that the writer saw (see InspectedConfig).
 * Throws ConfigConflictError when the file has another version now, and ConfigWriteError.
 */
export function writeConfig(home: Home, text: string, base?: string): void {
  const unchanged = () => {
    if (base !== undefined && base !== inspectConfig(home.config, basename(home.config)).hash)
      throw new ConfigConflictError(home.config);
  };
  try {
    unchanged();
    mkdirSync(home.root, { recursive: true, mode: 0o700 });
    const target = targetOf(home.config);
    replaceFileSync(target, text, { ...ownershipOf(target), check: unchanged });
  } catch (error) {
    if (error instanceof ConfigConflictError || error instanceof ConfigWriteError) throw error;
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    throw new ConfigWriteError(home.config, String(code), { cause: error });
  }
}

function mergeValue(target: unknown, patch: unknown, depth = 0): unknown {
  if (!isRecord(patch)) return patch;
  // Deeper than any valid file; it is refused as it is.
  if (depth > 100) return patch;
  const result = new Map(Object.entries(isRecord(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, mergeValue(result.get(name), value, depth + 1));
  }
  return Object.fromEntries(result);
}

function withValue(at: unknown, [segment, ...rest]: PropertyKey[], value: unknown, path: string): unknown {
  if (segment === undefined) return value;
  if (typeof segment === 'number') return withItem(at, segment, rest, value, path);
  if (Array.isArray(at)) throw new ConfigPathError(path, `"${String(segment)}" cannot be a key of a list`);
  const inner = withValue(getValueAt(at, [segment]), rest, value, path);
  return { ...(isRecord(at) ? at : {}), [segment]: inner };
}

function withItem(at: unknown, index: number, rest: PropertyKey[], value: unknown, path: string): unknown {
  if (at !== undefined && !Array.isArray(at)) {
    throw new ConfigPathError(path, `[${index}] needs a list, and there is another value`);
  }
  const items: unknown[] = [...(at ?? [])];
  if (index > items.length) {
    throw new ConfigPathError(
      path,
      `[${index}] would leave a gap, because the list has ${items.length} entries`,
    );
  }
  items[index] = withValue(items[index], rest, value, path);
  return items;
}

/** Returns the value without the entry at the path; the same value when there is none. */
function withoutValue(at: unknown, [segment, ...rest]: PropertyKey[]): unknown {
  const isThere =
    typeof at === 'object' && at !== null && segment !== undefined && Object.hasOwn(at, segment);
  if (!isThere) return at;
  const members = Object.entries(at).flatMap(([name, value]) => {
    if (name !== String(segment)) return [[name, value]];
    return rest.length === 0 ? [] : [[name, withoutValue(value, rest)]];
  });
  return Array.isArray(at) ? members.map(([, value]) => value) : Object.fromEntries(members);
}

/** Returns the target of a path through all symbolic links, even when the target does not exist yet. */
function targetOf(path: string, links = 40): string {
  const real = join(realpathSync(dirname(path)), basename(path));
  const stats = lstatSync(real, { throwIfNoEntry: false });
  if (!stats?.isSymbolicLink()) return real;
  if (links === 0) throw new ConfigWriteError(path, 'ELOOP');
  return targetOf(resolve(dirname(real), readlinkSync(real)), links - 1);
}

/**
 * Returns the mode and owner to keep, so that a daemon of another user can still read a file that root has changed.
 */
function ownershipOf(path: string): { mode?: number; owner?: { uid: number; gid: number } } {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return {};
  if (!stats.isFile()) throw new ConfigWriteError(path, 'it is not a regular file');
  return { mode: stats.mode & 0o777, owner: stats };
}
