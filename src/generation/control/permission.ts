import type { CheckedConfig } from '../../config/check.ts';
import { parseDocument } from '../../config/jsonc.ts';
import { type Key, keyAt, listKeys } from '../../config/keys.ts';
import { parsePath } from '../../config/parse-path.ts';
import type { Plan } from '../../config/plan.ts';
import { pathText, valueAt } from '../../config/problems.ts';
import { referencesIn } from '../../config/references.ts';
import { configSchema } from '../../config/schema.ts';
import { isSecret } from '../../config/secrets.ts';
import type { RefusedKey } from '../../tools/config-tool/port.ts';

/** What an agent may do is nothing that an agent decides, whatever the patterns say. */
const NEVER = ['tools', 'config'];

/**
 * The keys of a change that the operator's patterns do not cover. A pattern covers what is below it, but secrets,
 * `auth` and files that the daemon reads only when it names their key itself, without `*`. References are covered by
 * none: an agent could have the daemon read a secret into its own instructions.
 */
export function refusedKeys(
  { changes }: Plan,
  patterns: readonly string[],
  before: CheckedConfig,
  after: CheckedConfig,
): RefusedKey[] {
  const keys = listKeys(configSchema);
  const allowed = patterns.map(parsePath);
  const [old, young] = [before, after].map(({ source }) => parseDocument(source).value);
  return changes.flatMap((change) => {
    const path = parsePath(change.path);
    const differs = (leaf: PropertyKey[]) => !same(valueAt(old, leaf), valueAt(young, leaf));
    const all = [...leavesOf(valueAt(old, path), path), ...leavesOf(valueAt(young, path), path)];
    const leaves = all.filter(differs);
    const paths = new Map((leaves.length > 0 ? leaves : [path]).map((leaf) => [pathText(leaf), leaf]));
    return [...paths].flatMap(([name, leaf]) => {
      const why = refusal(leaf, allowed, keys) ?? referenceAt(leaf, old, young);
      return why === undefined ? [] : [{ path: name, why }];
    });
  });
}

function refusal(path: PropertyKey[], allowed: readonly PropertyKey[][], keys: readonly Key[]) {
  if (NEVER.every((segment, index) => path[index] === undefined || path[index] === segment)) {
    return 'what agents may change is only for people to decide';
  }
  const named = namedSegment(path, keys);
  const covers = (pattern: PropertyKey[]) =>
    pattern.length <= path.length &&
    pattern.every((segment, index) => segment === '*' || segment === path[index]) &&
    (named === undefined || pattern[named] === path[named]);
  if (allowed.some(covers)) return undefined;
  if (named !== undefined) return 'it may lead to secrets, and `tools.config.keys` does not name it itself';
  return '`tools.config.keys` does not list it';
}

/** Index of the segment that a pattern has to spell out; `undefined` for keys that have nothing to do with secrets. */
function namedSegment(path: PropertyKey[], keys: readonly Key[]): number | undefined {
  if (path[0] === 'agents' && path[2] === 'instructions' && path[3] === 'file') return 3;
  const key = keyAt(keys, path);
  const last = (key?.path.length ?? path.length) - 1;
  if (path[0] === 'auth' || key?.meta.secret) return last;
  return isSecret(path, keys) ? path.length - 1 : undefined;
}

function referenceAt(path: PropertyKey[], old: unknown, young: unknown): string | undefined {
  const known = new Set(referencesIn(valueAt(old, path)));
  const added = referencesIn(valueAt(young, path)).find((reference) => !known.has(reference));
  return (
    added &&
    `an agent may not write references such as ${added}, which stand for what only the daemon can read`
  );
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Paths of what is in a value; a list is looked into, since its entries may be secrets. */
function leavesOf(value: unknown, path: PropertyKey[]): PropertyKey[][] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null) return [path];
  const entries: [PropertyKey, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return entries.length === 0 ? [path] : entries.flatMap(([name, item]) => leavesOf(item, [...path, name]));
}
