import type { CheckedConfig } from '../check/check.ts';
import type { Apply } from '../fields/fields.ts';
import { type Key, keyAt, keysBelow, listKeys } from '../fields/keys.ts';
import { pathText, valueAt } from '../fields/problems.ts';
import { canonical, meaningOf } from '../schema/meaning.ts';
import { configSchema } from '../schema/schema.ts';
import { shownConfig } from '../secrets/redact.ts';

/** A key whose meaning changes; an agent, provider or the like that is added or removed counts as one change. */
export interface Change {
  /** The path of the key as it is written in documents, such as `agents.main.model`. */
  path: string;
  apply: Apply;
  kind: 'added' | 'changed' | 'removed';
  /**
   * Values as the file has them, or the default as the file would have it; secrets are masked, so both may look the
   * same.
   */
  before?: unknown;
  after?: unknown;
}

/** The plan of a change: the keys that change, and how the change comes into force. */
export interface Plan {
  /** The strongest apply class among all changes. */
  apply: Apply;
  /** The changed keys; empty when both configurations mean the same. */
  changes: Change[];
}

/** Compares the meaning of two configurations key by key. Never throws. */
export function planChange(before: CheckedConfig, after: CheckedConfig): Plan {
  const secrets = [...before.secrets, ...after.secrets];
  const keys = listKeys(configSchema);
  const comparison: Comparison = {
    keys,
    before: shownConfig({ source: before.source, secrets }),
    after: shownConfig({ source: after.source, secrets }),
  };
  const [old, young] = [before, after].map(({ parsed, config }) => meaningOf(parsed, config));
  const changes = compare(old, young, [], comparison);
  return { apply: strongest(changes.map(({ apply }) => apply)), changes };
}

interface Comparison {
  keys: readonly Key[];
  /** Both files in a form that may be shown, to look up values as they are written. */
  before: unknown;
  after: unknown;
}

function compare(before: unknown, after: unknown, path: PropertyKey[], between: Comparison): Change[] {
  if (canonical(before) === canonical(after)) return [];
  const isWhole = keyAt(between.keys, path)?.leaf || !isGroup(before) || !isGroup(after);
  if (isWhole && path.length > 0) return [change(before, after, path, between)];
  const segments = new Set([...segmentsOf(before), ...segmentsOf(after)]);
  return [...segments].flatMap((segment) =>
    compare(valueAt(before, [segment]), valueAt(after, [segment]), [...path, segment], between),
  );
}

function change(before: unknown, after: unknown, path: PropertyKey[], between: Comparison): Change {
  const shown = (file: unknown, value: unknown) =>
    valueAt(file, path) ?? keyAt(between.keys, path)?.byDefault ?? value;
  return {
    path: pathText(path),
    apply: strongest(classes(before ?? after, path, between.keys)),
    kind: before === undefined ? 'added' : after === undefined ? 'removed' : 'changed',
    ...(before === undefined ? {} : { before: shown(between.before, before) }),
    ...(after === undefined ? {} : { after: shown(between.after, after) }),
  };
}

/** Returns the apply classes of all keys inside a value. */
function classes(value: unknown, path: PropertyKey[], keys: readonly Key[]): Apply[] {
  const apply = keyAt(keys, path)?.meta.apply;
  if (apply) return [apply];
  const inside = segmentsOf(value);
  // An empty group may mean something by being there: what its keys would need.
  if (inside.length === 0) return keysBelow(keys, path).flatMap(({ meta }) => meta.apply ?? []);
  return inside.flatMap((segment) => classes(valueAt(value, [segment]), [...path, segment], keys));
}

const STRENGTH: Record<Apply, number> = { none: 0, live: 1, handover: 2 };

function strongest(all: readonly Apply[]): Apply {
  return all.reduce<Apply>((best, apply) => (STRENGTH[apply] > STRENGTH[best] ? apply : best), 'none');
}

function isGroup(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function segmentsOf(value: unknown): PropertyKey[] {
  if (Array.isArray(value)) return [...value.keys()];
  return isGroup(value) ? Object.keys(value) : [];
}
