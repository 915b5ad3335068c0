import type { CheckedConfig } from '../../config/check.ts';
import { parseDocument } from '../../config/jsonc.ts';
import { type Key, keyAt, listKeys } from '../../config/keys.ts';
import { parsePath } from '../../config/parse-path.ts';
import type { Change, Plan } from '../../config/plan.ts';
import { pathText, valueAt } from '../../config/problems.ts';
import { shownConfig } from '../../config/redact.ts';
import { referencesIn } from '../../config/references.ts';
import { configSchema } from '../../config/schema.ts';
import { isSecret } from '../../config/secrets.ts';
import type { AskedKey, RefusedKey } from '../../tools/config-tool/port.ts';

/** What an agent may do is nothing that an agent decides, whatever the patterns say. */
const NEVER = ['tools', 'config'];

/** What the operator says about changes by agents. */
export interface Allowed {
  keys: readonly string[];
  unlisted: 'ask' | 'deny';
}

/** What stands between a change and the file. */
export interface Judgement {
  refused: RefusedKey[];
  /** What people have to be asked about first. */
  asks: AskedKey[];
}

/**
 * The keys of a change that the operator's patterns do not cover. A pattern covers what is below it, but secrets,
 * `auth` and files that the daemon reads only when it names their key itself, without `*`. References are covered by
 * none: an agent could have the daemon read a secret into its own instructions. Nobody is asked about any of
 * these, for people would not see what it is that they approve.
 */
export function judgeChange(
  { changes }: Plan,
  { keys: patterns, unlisted }: Allowed,
  before: CheckedConfig,
  after: CheckedConfig,
): Judgement {
  const keys = listKeys(configSchema);
  const allowed = patterns.map(parsePath);
  const [old, young] = [before, after].map(({ source }) => parseDocument(source).value);
  const judgement: Judgement = { refused: [], asks: [] };
  for (const change of changes) {
    const asked: PropertyKey[][] = [];
    for (const leaf of differences(parsePath(change.path), old, young)) {
      const listed = isCovered(leaf, allowed, keys);
      const why = refusal(leaf, listed, keys) ?? referenceAt(leaf, old, young);
      if (why !== undefined) judgement.refused.push({ path: pathText(leaf), why });
      else if (!listed && unlisted === 'ask') asked.push(leaf);
      else if (!listed) judgement.refused.push({ path: pathText(leaf), why: UNLISTED });
    }
    judgement.asks.push(...shownKeys(asked, change, before, after));
  }
  return judgement;
}

const UNLISTED = '`tools.config.keys` does not list it';

/** Paths at which the file says something else, or the whole where only its meaning is another. */
function differences(path: PropertyKey[], old: unknown, young: unknown): PropertyKey[][] {
  const all = [...leavesOf(valueAt(old, path), path), ...leavesOf(valueAt(young, path), path)];
  const leaves = all.filter((leaf) => !same(valueAt(old, leaf), valueAt(young, leaf)));
  return unique(leaves.length > 0 ? leaves : [path]);
}

/** Why the change of a key is refused, whatever people would say. */
function refusal(path: PropertyKey[], listed: boolean, keys: readonly Key[]): string | undefined {
  if (NEVER.every((segment, index) => path[index] === undefined || path[index] === segment)) {
    return 'what agents may change is only for people to decide';
  }
  if (listed || namedSegment(path, keys) === undefined) return undefined;
  return 'it may lead to secrets, and `tools.config.keys` does not name it itself';
}

function isCovered(path: PropertyKey[], allowed: readonly PropertyKey[][], keys: readonly Key[]): boolean {
  const named = namedSegment(path, keys);
  return allowed.some(
    (pattern) =>
      pattern.length <= path.length &&
      pattern.every((segment, index) => segment === '*' || segment === path[index]) &&
      (named === undefined || pattern[named] === path[named]),
  );
}

/**
 * From what to what the keys would be changed. A value is shown whole, since its parts may mean something together: the
 * rules of a policy, or the entries of a list.
 */
function shownKeys(
  paths: PropertyKey[][],
  change: Change,
  before: CheckedConfig,
  after: CheckedConfig,
): AskedKey[] {
  if (paths.length === 0) return [];
  const secrets = [...before.secrets, ...after.secrets];
  const [old, young] = [before, after].map(({ source }) => shownConfig({ source, secrets }));
  return unique(paths.map(keyPath)).map((path) => {
    const name = pathText(path);
    const sides =
      name === change.path ? [change.before, change.after] : [valueAt(old, path), valueAt(young, path)];
    return { path: name, change: sides.map((value) => JSON.stringify(value) ?? 'nothing').join(' -> ') };
  });
}

/** Of the key or list that a part of a value belongs to. */
function keyPath(path: PropertyKey[]): PropertyKey[] {
  const key = keyAt(listKeys(configSchema), path);
  const index = path.findIndex((segment) => typeof segment === 'number');
  return path.slice(0, Math.min(key?.path.length ?? path.length, index < 0 ? path.length : index));
}

function unique(paths: PropertyKey[][]): PropertyKey[][] {
  return [...new Map(paths.map((path) => [pathText(path), path])).values()];
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
