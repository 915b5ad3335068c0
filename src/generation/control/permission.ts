import type { CheckedConfig } from '../../config/check/check.ts';
import { type ConfigKey, findKey, findNameSegments, listKeys } from '../../config/fields/keys.ts';
import { formatConfigPath, getValueAt } from '../../config/fields/problems.ts';
import type { ChangePlan, KeyChange } from '../../config/revisions/plan.ts';
import { configSchema } from '../../config/schema/schema.ts';
import { redactConfig } from '../../config/secrets/redact.ts';
import { listReferences } from '../../config/secrets/references.ts';
import { isSecretPath } from '../../config/secrets/secrets.ts';
import { parseDocument } from '../../config/source/jsonc.ts';
import { parsePath } from '../../config/source/parse-path.ts';
import type { AskedKey, RefusedKey } from '../../tools/config-tool/port.ts';
import { findWidenings } from './widening.ts';

/**
 * The path that agents may never change, whatever the patterns say: what an agent may change is not for an agent
 * to decide.
 */
const PROTECTED_PATH = ['tools', 'config'];

/** What the operator allows agents to change: the patterns of listed keys, and the treatment of all other keys. */
export interface AllowedChanges {
  keys: readonly string[];
  unlisted: 'ask' | 'deny';
}

/** The judgement of a change: what is refused, and what needs an approval before it is written. */
export interface Judgement {
  refused: RefusedKey[];
  /** Keys that approvers have to be asked about before the change is made. */
  asks: AskedKey[];
}

/**
 * Judges a change that an agent wants to make:
 *
 *   1. `tools.config` and new references are refused, because an agent could make the daemon read a secret into
 *      its instructions: `agents.main.instructions: "${file:/etc/shadow}"`.
 *   2. Secrets, `auth` and files that the daemon reads are refused unless a pattern names their key itself,
 *      without `*`, because approvers would not see what they approve: `providers.*` does not allow
 *      `providers.p.apiKey`.
 *   3. Other keys need an approval, or are refused, unless a pattern covers them. A pattern covers everything
 *      below it: `limits` covers `limits.turns`.
 *   4. A name that is added to a record or removed from it is covered only when the pattern spells it out:
 *      `agents.night.model` allows a new agent `night`, `agents.*.model` does not.
 *   5. A change that would let an agent do more (`findWidenings`) needs an approval, or is refused, whatever the
 *      patterns cover: `agents.main.tools` without its `shell: deny`, although `agents.main` is listed.
 */
export function judgeChange(
  { changes }: ChangePlan,
  { keys: patterns, unlisted }: AllowedChanges,
  before: CheckedConfig,
  after: CheckedConfig,
  caller: string,
): Judgement {
  const keys = listKeys(configSchema);
  const allowed = patterns.map(parsePath);
  const [old, young] = [before, after].map(({ source }) => parseDocument(source).value);
  const known = [before.parsed, after.parsed];
  const refused: RefusedKey[] = [];
  const asks: AskedKey[] = [];
  for (const change of changes) {
    const asked = listDifferences(parsePath(change.path), old, young).filter((leaf) => {
      const listed = isCovered(leaf, allowed, keys, known);
      const why = explainRefusal(leaf, listed, keys) ?? explainNewReference(leaf, old, young);
      if (why !== undefined) refused.push({ path: formatConfigPath(leaf), why });
      return why === undefined && !listed;
    });
    if (unlisted === 'ask') asks.push(...describeAskedKeys(asked, change, before, after));
    else refused.push(...asked.map((leaf) => ({ path: formatConfigPath(leaf), why: UNLISTED_REASON })));
  }
  for (const { path, what } of findWidenings(before, after, caller)) {
    if (unlisted === 'ask') asks.push({ path, change: what });
    else refused.push({ path, why: `${what}; no agent may decide that` });
  }
  return { refused, asks };
}

const UNLISTED_REASON = '`tools.config.keys` does not list it';

/** Lists the paths at which the text of the file differs, or the whole path when only its meaning differs. */
function listDifferences(path: PropertyKey[], old: unknown, young: unknown): PropertyKey[][] {
  const all = [...leavesOf(getValueAt(old, path), path), ...leavesOf(getValueAt(young, path), path)];
  const leaves = all.filter((leaf) => !isSameValue(getValueAt(old, leaf), getValueAt(young, leaf)));
  return uniquePaths(leaves.length > 0 ? leaves : [path]);
}

/** Returns why the change of a key is refused without asking approvers; `undefined` when it is not. */
function explainRefusal(
  path: PropertyKey[],
  listed: boolean,
  keys: readonly ConfigKey[],
): string | undefined {
  if (PROTECTED_PATH.every((segment, index) => path[index] === undefined || path[index] === segment)) {
    return 'only an operator may decide what agents may change';
  }
  if (listed || namedSegment(path, keys) === undefined) return undefined;
  return 'it may lead to secrets, and `tools.config.keys` does not name it itself';
}

function isCovered(
  path: PropertyKey[],
  allowed: readonly PropertyKey[][],
  keys: readonly ConfigKey[],
  known: readonly unknown[],
): boolean {
  const named = namedSegment(path, keys);
  const spelled = [...(named === undefined ? [] : [named]), ...namesAddedOrRemoved(path, keys, known)];
  return allowed.some(
    (pattern) =>
      pattern.length <= path.length &&
      pattern.every((segment, index) => segment === '*' || segment === path[index]) &&
      spelled.every((index) => pattern[index] === path[index]),
  );
}

/**
 * Returns the indexes of those segments of the path that are names in a record and exist only before or only after
 * the change.
 */
function namesAddedOrRemoved(
  path: PropertyKey[],
  keys: readonly ConfigKey[],
  known: readonly unknown[],
): number[] {
  const isNew = (index: number) =>
    known.some((config) => getValueAt(config, path.slice(0, index + 1)) === undefined);
  return findNameSegments(keys, path).filter(isNew);
}

/**
 * Describes the change of each key as old and new value, for approvers. A value is shown whole, because its parts
 * may depend on each other, like the rules of a policy or the entries of a list.
 */
function describeAskedKeys(
  paths: PropertyKey[][],
  change: KeyChange,
  before: CheckedConfig,
  after: CheckedConfig,
): AskedKey[] {
  if (paths.length === 0) return [];
  const secrets = [...before.secrets, ...after.secrets];
  const [old, young] = [before, after].map(({ source }) => redactConfig({ source, secrets }));
  return uniquePaths(paths.map(keyPath)).map((path) => {
    const name = formatConfigPath(path);
    const sides =
      name === change.path ? [change.before, change.after] : [getValueAt(old, path), getValueAt(young, path)];
    return { path: name, change: sides.map((value) => JSON.stringify(value) ?? 'nothing').join(' -> ') };
  });
}

/** Returns the path of the key or list that a part of a value belongs to. */
function keyPath(path: PropertyKey[]): PropertyKey[] {
  const key = findKey(listKeys(configSchema), path);
  const index = path.findIndex((segment) => typeof segment === 'number');
  return path.slice(0, Math.min(key?.path.length ?? path.length, index < 0 ? path.length : index));
}

function uniquePaths(paths: PropertyKey[][]): PropertyKey[][] {
  return [...new Map(paths.map((path) => [formatConfigPath(path), path])).values()];
}

/**
 * Returns the index of the segment that a pattern has to spell out; `undefined` for keys that have nothing to do
 * with secrets.
 */
function namedSegment(path: PropertyKey[], keys: readonly ConfigKey[]): number | undefined {
  if (path[0] === 'agents' && path[2] === 'instructions' && path[3] === 'file') return 3;
  const key = findKey(keys, path);
  const last = (key?.path.length ?? path.length) - 1;
  if (path[0] === 'auth' || key?.meta.secret) return last;
  return isSecretPath(path, keys) ? path.length - 1 : undefined;
}

function explainNewReference(path: PropertyKey[], old: unknown, young: unknown): string | undefined {
  const known = new Set(listReferences(getValueAt(old, path)));
  const added = listReferences(getValueAt(young, path)).find((reference) => !known.has(reference));
  return (
    added &&
    `an agent may not write references such as ${added}, which stand for what only the daemon can read`
  );
}

function isSameValue(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Lists the paths of all values within a value, including the entries of lists, because these may be secrets. */
function leavesOf(value: unknown, path: PropertyKey[]): PropertyKey[][] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null) return [path];
  const entries: [PropertyKey, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return entries.length === 0 ? [path] : entries.flatMap(([name, item]) => leavesOf(item, [...path, name]));
}
