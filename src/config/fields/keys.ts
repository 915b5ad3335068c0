import { z } from 'zod';
import type { Apply, KeyMeta } from './fields.ts';

/** One key of the schema, as documents, hints and change plans use it. */
export interface Key {
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
type Keys = Map<string, Key>;

/**
 * Returns every key below `root`, each path once, in the order of the schema. The result is cached for each schema.
 */
export function listKeys(root: z.ZodType): readonly Key[] {
  const known = listed.get(root);
  if (known) return known;
  const keys: Keys = new Map();
  walk(root, [], [], keys);
  const list = [...keys.values()];
  listed.set(root, list);
  return list;
}

/** Cache of `listKeys`: a schema does not change, and every save and every handover needs its keys several times. */
const listed = new WeakMap<z.ZodType, readonly Key[]>();

/** Returns the key that a path in the file belongs to; for a path inside a value, the key of that value. */
export function keyAt(keys: readonly Key[], path: readonly PropertyKey[]): Key | undefined {
  const fits = (key: Key) =>
    key.path.length <= path.length &&
    (key.leaf || key.path.length === path.length) &&
    key.path.every((segment, index) => matches(segment, path[index]));
  return keys.find(fits);
}

/** Returns the keys that may stand directly below a path, without names that the operator chooses. */
export function keysBelow(keys: readonly Key[], path: readonly PropertyKey[]): Key[] {
  return keys.filter(
    (key) =>
      key.path.length === path.length + 1 &&
      !['*', '[]'].includes(key.path.at(-1) ?? '') &&
      path.every((segment, index) => matches(key.path[index] ?? '', segment)),
  );
}

/**
 * Returns the indexes of the path segments that are names in a record, such as those of agents and environment
 * variables.
 */
export function namesIn(keys: readonly Key[], path: readonly PropertyKey[]): number[] {
  return [...path.keys()].filter((index) =>
    keys.some((key) => {
      const names = key.leaf && unwrap(key.schema) instanceof z.ZodRecord ? [...key.path, '*'] : key.path;
      return names[index] === '*' && names.slice(0, index).every((segment, at) => matches(segment, path[at]));
    }),
  );
}

/**
 * Returns the apply class of a change at a path in the file; `undefined` for a path that the schema does not know.
 */
export function applyClass(keys: readonly Key[], path: readonly PropertyKey[]): Apply | undefined {
  return keyAt(keys, path)?.meta.apply;
}

function walk(schema: z.ZodType, path: string[], types: string[], keys: Keys): void {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    for (const [name, child] of Object.entries(inner.shape)) add(child, [...path, name], types, keys);
  } else if (inner instanceof z.ZodDiscriminatedUnion) {
    for (const option of inner.options) walk(asType(option), path, typesOf(option), keys);
  } else if (inner instanceof z.ZodRecord) {
    const value = asType(inner.valueType);
    if (isKey(value)) add(value, [...path, '*'], types, keys);
    else walk(value, [...path, '*'], types, keys);
  } else if (inner instanceof z.ZodArray) {
    walk(asType(inner.element), [...path, '[]'], types, keys);
  }
}

function add(child: unknown, path: string[], types: string[], keys: Keys): void {
  const schema = asType(child);
  const name = path.join('.');
  const known = keys.get(name);
  if (known) {
    known.types.push(...types);
    return;
  }
  const meta = schema.meta() ?? {};
  const leaf = meta.apply !== undefined || !groups(schema);
  const byDefault = schema instanceof z.ZodPrefault ? schema.def.defaultValue : undefined;
  keys.set(name, { path, schema, meta, leaf, byDefault, types: [...types] });
  if (!leaf) walk(schema, path, types, keys);
}

function groups(schema: z.ZodType): boolean {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodRecord) {
    const value = asType(inner.valueType);
    return isKey(value) || groups(value);
  }
  if (inner instanceof z.ZodArray) return groups(asType(inner.element));
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
export function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault) {
    return unwrap(asType(schema.unwrap()));
  }
  return schema instanceof z.ZodPipe ? unwrap(asType(schema.in)) : schema;
}

/** Returns the values of `type` that select this option of a discriminated union. */
function typesOf(option: unknown): string[] {
  const type = option instanceof z.ZodObject ? unwrap(asType(option.shape['type'])) : undefined;
  return type instanceof z.ZodLiteral ? [...type.values].map(String) : [];
}

/** Narrows a schema: the containers of zod are typed with its core class, but all schemas here use the full one. */
function asType(schema: unknown): z.ZodType {
  if (schema instanceof z.ZodType) return schema;
  throw new TypeError('The configuration schema contains something that is not a schema.');
}

function matches(pattern: string, segment: PropertyKey | undefined): boolean {
  if (pattern === '[]') return typeof segment === 'number';
  return pattern === '*' ? typeof segment === 'string' : pattern === segment;
}
