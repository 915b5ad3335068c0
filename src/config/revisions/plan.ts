import type { CheckedConfig } from '../check/check.ts';
import type { ApplyClass } from '../fields/fields.ts';
import { type ConfigKey, findKey, listKeys, listKeysBelow } from '../fields/keys.ts';
import { formatConfigPath, getValueAt } from '../fields/problems.ts';
import { canonicalJson, resolveMeaning } from '../schema/meaning.ts';
import { configSchema } from '../schema/schema.ts';
import { redactConfig } from '../secrets/redact.ts';

/** A key whose meaning changes; an agent, provider or the like that is added or removed counts as one change. */
export interface KeyChange {
  /** The path of the key as it is written in documents, such as `agents.main.model`. */
  path: string;
  apply: ApplyClass;
  kind: 'added' | 'changed' | 'removed';
  /**
   * Values as the file has them, or the default as the file would have it; secrets are masked, so both may look the
   * same.
   */
  before?: unknown;
  after?: unknown;
}

/** The plan of a change: the keys that change, and how the change comes into force. */
export interface ChangePlan {
  /** The strongest apply class among all changes. */
  apply: ApplyClass;
  /** The changed keys; empty when both configurations mean the same. */
  changes: KeyChange[];
}

/** Compares the meaning of two configurations key by key. Never throws. */
export function planChange(before: CheckedConfig, after: CheckedConfig): ChangePlan {
  const secrets = [...before.secrets, ...after.secrets];
  const keys = listKeys(configSchema);
  const comparison: Comparison = {
    keys,
    before: redactConfig({ source: before.source, secrets }),
    after: redactConfig({ source: after.source, secrets }),
  };
  const [old, young] = [before, after].map(({ parsed, config }) => resolveMeaning(parsed, config));
  const changes = compareValues(old, young, [], comparison);
  return { apply: strongestClass(changes.map(({ apply }) => apply)), changes };
}

interface Comparison {
  keys: readonly ConfigKey[];
  /** Both files in a form that may be shown, to look up values as they are written. */
  before: unknown;
  after: unknown;
}

function compareValues(
  before: unknown,
  after: unknown,
  path: PropertyKey[],
  between: Comparison,
): KeyChange[] {
  if (canonicalJson(before) === canonicalJson(after)) return [];
  const isWhole = findKey(between.keys, path)?.leaf || !isGroup(before) || !isGroup(after);
  if (isWhole && path.length > 0) return [describeChange(before, after, path, between)];
  const segments = new Set([...segmentsOf(before), ...segmentsOf(after)]);
  return [...segments].flatMap((segment) =>
    compareValues(getValueAt(before, [segment]), getValueAt(after, [segment]), [...path, segment], between),
  );
}

function describeChange(
  before: unknown,
  after: unknown,
  path: PropertyKey[],
  between: Comparison,
): KeyChange {
  const shown = (file: unknown, value: unknown) =>
    getValueAt(file, path) ?? findKey(between.keys, path)?.byDefault ?? value;
  return {
    path: formatConfigPath(path),
    apply: strongestClass(applyClassesOf(before ?? after, path, between.keys)),
    kind: before === undefined ? 'added' : after === undefined ? 'removed' : 'changed',
    ...(before === undefined ? {} : { before: shown(between.before, before) }),
    ...(after === undefined ? {} : { after: shown(between.after, after) }),
  };
}

/** Returns the apply classes of all keys inside a value. */
function applyClassesOf(value: unknown, path: PropertyKey[], keys: readonly ConfigKey[]): ApplyClass[] {
  const apply = findKey(keys, path)?.meta.apply;
  if (apply) return [apply];
  const inside = segmentsOf(value);
  // An empty group may mean something by being there: what its keys would need.
  if (inside.length === 0) return listKeysBelow(keys, path).flatMap(({ meta }) => meta.apply ?? []);
  return inside.flatMap((segment) => applyClassesOf(getValueAt(value, [segment]), [...path, segment], keys));
}

const STRENGTH: Record<ApplyClass, number> = { none: 0, live: 1, handover: 2 };

function strongestClass(all: readonly ApplyClass[]): ApplyClass {
  return all.reduce<ApplyClass>((best, apply) => (STRENGTH[apply] > STRENGTH[best] ? apply : best), 'none');
}

function isGroup(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function segmentsOf(value: unknown): PropertyKey[] {
  if (Array.isArray(value)) return [...value.keys()];
  return isGroup(value) ? Object.keys(value) : [];
}
