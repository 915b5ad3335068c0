import { lstatSync, mkdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { ConfigConflictError, ConfigPathError, ConfigWriteError } from '../../errors/config.ts';
import type { Home } from '../../util/home.ts';
import { replaceFile } from '../../util/replace-file.ts';
import { inspectConfig } from '../check/load.ts';
import { valueAt } from '../fields/problems.ts';
import { parseDocument } from '../source/jsonc.ts';
import { parsePath } from '../source/parse-path.ts';
import { isRecord, rewrite } from '../source/rewrite.ts';

/**
 * Applies a JSON merge patch (RFC 7386) to a configuration's text: `null` removes a key, objects are merged, anything
 * else replaces. Comments, order, layout and references of what stays are kept. Whether the result is a valid
 * configuration is for `checkConfig` to say. Throws ConfigError when the text itself is broken.
 */
export function mergePatch(source: string, patch: unknown): string {
  return rewrite(source, merged(parseDocument(source).value, patch));
}

/** Sets one key, or removes it when `value` is undefined. Throws ConfigPathError, and what mergePatch does. */
export function setAt(source: string, path: string, value: unknown): string {
  const present = parseDocument(source).value;
  const segments = parsePath(path);
  return rewrite(
    source,
    value === undefined ? withoutValue(present, segments) : withValue(present, segments, value, path),
  );
}

/**
 * Writes the configuration file: all of it or nothing, and durably. A link stays, what it leads to is replaced; the
 * mode stays, and a new file can be read by its owner only. `base` is the version that the writer saw,
 * see InspectedConfig; throws ConfigConflictError when the file is another one by now, and ConfigWriteError.
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
    replaceFile(target, text, { ...ownershipOf(target), check: unchanged });
  } catch (error) {
    if (error instanceof ConfigConflictError || error instanceof ConfigWriteError) throw error;
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    throw new ConfigWriteError(home.config, String(code), { cause: error });
  }
}

function merged(target: unknown, patch: unknown, depth = 0): unknown {
  if (!isRecord(patch)) return patch;
  // Deeper than any valid file; it is refused as it is.
  if (depth > 100) return patch;
  const result = new Map(Object.entries(isRecord(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, merged(result.get(name), value, depth + 1));
  }
  return Object.fromEntries(result);
}

function withValue(at: unknown, [segment, ...rest]: PropertyKey[], value: unknown, path: string): unknown {
  if (segment === undefined) return value;
  if (typeof segment === 'number') return withItem(at, segment, rest, value, path);
  if (Array.isArray(at)) throw new ConfigPathError(path, `"${String(segment)}" is asked of a list`);
  const inner = withValue(valueAt(at, [segment]), rest, value, path);
  return { ...(isRecord(at) ? at : {}), [segment]: inner };
}

function withItem(at: unknown, index: number, rest: PropertyKey[], value: unknown, path: string): unknown {
  if (at !== undefined && !Array.isArray(at)) {
    throw new ConfigPathError(path, `[${index}] is asked of what is no list`);
  }
  const items: unknown[] = [...(at ?? [])];
  if (index > items.length) {
    throw new ConfigPathError(
      path,
      `[${index}] would leave a gap, since the list has ${items.length} entries`,
    );
  }
  items[index] = withValue(items[index], rest, value, path);
  return items;
}

/** The same when there is nothing at the path. */
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

/** Where a path leads through all links, also when nothing is there yet. */
function targetOf(path: string, links = 40): string {
  const real = join(realpathSync(dirname(path)), basename(path));
  const stats = lstatSync(real, { throwIfNoEntry: false });
  if (!stats?.isSymbolicLink()) return real;
  if (links === 0) throw new ConfigWriteError(path, 'ELOOP');
  return targetOf(resolve(dirname(real), readlinkSync(real)), links - 1);
}

/** So that somebody else's daemon can still read what root has changed. */
function ownershipOf(path: string): { mode?: number; owner?: { uid: number; gid: number } } {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return {};
  if (!stats.isFile()) throw new ConfigWriteError(path, 'it is not a regular file');
  return { mode: stats.mode & 0o777, owner: stats };
}
