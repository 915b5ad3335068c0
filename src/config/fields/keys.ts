import { z } from 'zod';
import type { ApplyClass, KeyMeta } from './fields.ts';

/** One key of the schema, as documents, hints and change plans use it. */
export interface ConfigKey {
  /** The segments of its path; `*` stands for any name and `[]` for any index. */
  path: string[];
  schema: z.ZodType;
  meta: Partial<KeyMeta>;
  /** False for keys that only group others and hold no value. */
  leaf: boolean;
  /** The default, as it would be written in the file; `undefined` when there is none. */
  byDefault: unknown;
  /** The values of `type` under which this key exists; empty when it does not depend on one. */
  types: string[];
}

/** The keys found so far, by path with dots. */
type Keys = Map<string, ConfigKey>;

/**
 * Returns every key below `root`, each path once, in the order of the schema. The result is cached for each schema.
 */
export function listKeys(root: z.ZodType): readonly ConfigKey[] {
  const known = listed.get(root);
  if (known) return known;
  const keys: Keys = new Map();
  collectKeys(root, [], [], keys);
  const list = [...keys.values()];
  listed.set(root, list);
  return list;
}

/** Cache of `listKeys`: a schema does not change, and every save and every handover needs its keys several times. */
const listed = new WeakMap<z.ZodType, readonly ConfigKey[]>();

/** Returns the key that a path in the file belongs to; for a path inside a value, the key of that value. */
export function findKey(keys: readonly ConfigKey[], path: readonly PropertyKey[]): ConfigKey | undefined {
  const fits = (key: ConfigKey) =>
    key.path.length <= path.length &&
    (key.leaf || key.path.length === path.length) &&
    key.path.every((segment, index) => matchesSegment(segment, path[index]));
  return keys.find(fits);
}

/** Returns the keys that may stand directly below a path, without names that the operator chooses. */
export function listKeysBelow(keys: readonly ConfigKey[], path: readonly PropertyKey[]): ConfigKey[] {
  return keys.filter(
    (key) =>
      key.path.length === path.length + 1 &&
      !['*', '[]'].includes(key.path.at(-1) ?? '') &&
      path.every((segment, index) => matchesSegment(key.path[index] ?? '', segment)),
  );
}

/**
 * Returns the indexes of the path segments that are names in a record, such as those of agents and environment
 * variables.
 */
export function findNameSegments(keys: readonly ConfigKey[], path: readonly PropertyKey[]): number[] {
  return [...path.keys()].filter((index) =>
    keys.some((key) => {
      const names =
        key.leaf && unwrapSchema(key.schema) instanceof z.ZodRecord ? [...key.path, '*'] : key.path;
      return (
        names[index] === '*' &&
        names.slice(0, index).every((segment, at) => matchesSegment(segment, path[at]))
      );
    }),
  );
}

/**
 * Returns the apply class of a change at a path in the file; `undefined` for a path that the schema does not know.
 */
export function getApplyClass(
  keys: readonly ConfigKey[],
  path: readonly PropertyKey[],
): ApplyClass | undefined {
  return findKey(keys, path)?.meta.apply;
}

function collectKeys(schema: z.ZodType, path: string[], types: string[], keys: Keys): void {
  const inner = unwrapSchema(schema);
  if (inner instanceof z.ZodObject) {
    for (const [name, child] of Object.entries(inner.shape)) addKey(child, [...path, name], types, keys);
  } else if (inner instanceof z.ZodDiscriminatedUnion) {
    for (const option of inner.options) collectKeys(asType(option), path, typesOf(option), keys);
  } else if (inner instanceof z.ZodRecord) {
    const value = asType(inner.valueType);
    if (isKey(value)) addKey(value, [...path, '*'], types, keys);
    else collectKeys(value, [...path, '*'], types, keys);
  } else if (inner instanceof z.ZodArray) {
    collectKeys(asType(inner.element), [...path, '[]'], types, keys);
  }
}

function addKey(child: unknown, path: string[], types: string[], keys: Keys): void {
  const schema = asType(child);
  const name = path.join('.');
  const known = keys.get(name);
  if (known) {
    known.types.push(...types);
    return;
  }
  const meta = schema.meta() ?? {};
  const leaf = meta.apply !== undefined || !isGroupSchema(schema);
  const byDefault = schema instanceof z.ZodPrefault ? schema.def.defaultValue : undefined;
  keys.set(name, { path, schema, meta, leaf, byDefault, types: [...types] });
  if (!leaf) collectKeys(schema, path, types, keys);
}

function isGroupSchema(schema: z.ZodType): boolean {
  const inner = unwrapSchema(schema);
  if (inner instanceof z.ZodRecord) {
    const value = asType(inner.valueType);
    return isKey(value) || isGroupSchema(value);
  }
  if (inner instanceof z.ZodArray) return isGroupSchema(asType(inner.element));
  return inner instanceof z.ZodObject || inner instanceof z.ZodDiscriminatedUnion;
}

/**
 * Checks whether the entries of a record are keys of their own, with their own apply class, instead of parts of one
 * value.
 */
function isKey(value: z.ZodType): boolean {
  return value.meta()?.apply !== undefined;
}

/** Returns the schema of what is read from the file, without the defaults and transformations around it. */
export function unwrapSchema(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault) {
    return unwrapSchema(asType(schema.unwrap()));
  }
  return schema instanceof z.ZodPipe ? unwrapSchema(asType(schema.in)) : schema;
}

/** Returns the values of `type` that select this option of a discriminated union. */
function typesOf(option: unknown): string[] {
  const type = option instanceof z.ZodObject ? unwrapSchema(asType(option.shape['type'])) : undefined;
  return type instanceof z.ZodLiteral ? [...type.values].map(String) : [];
}

/** Narrows a schema: the containers of zod are typed with its core class, but all schemas here use the full one. */
function asType(schema: unknown): z.ZodType {
  if (schema instanceof z.ZodType) return schema;
  throw new TypeError('The configuration schema contains something that is not a schema.');
}

function matchesSegment(pattern: string, segment: PropertyKey | undefined): boolean {
  if (pattern === '[]') return typeof segment === 'number';
  return pattern === '*' ? typeof segment === 'string' : pattern === segment;
}
