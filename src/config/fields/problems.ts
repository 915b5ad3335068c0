import type { z } from 'zod';
import { findNearest } from '../../util/nearest.ts';
import { abbreviateText } from '../../util/text.ts';
import { type ConfigKey, listKeysBelow } from './keys.ts';

/** A problem that does not have a line and column yet. */
export interface Finding {
  path: PropertyKey[];
  /** Whether the name or the value at the path is wrong; decides which of them the position points to. */
  at: 'key' | 'value';
  message: string;
  hint?: string | undefined;
}

/**
 * Maximum number of problems that are reported: more are not useful, and a hostile file must not make a check
 * expensive.
 */
export const MAX_FINDINGS = 100;

/** Converts the issues that zod found into findings in our words, one for each thing that must be changed. */
export function toFindings(
  issues: readonly z.core.$ZodIssue[],
  value: unknown,
  keys: readonly ConfigKey[],
): Finding[] {
  return issues.flatMap((issue): Finding[] => {
    const path = [...issue.path];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.slice(0, MAX_FINDINGS).map((name) => unknownKey([...path, name], value, keys));
    }
    if (issue.code === 'invalid_key') {
      return [{ path, at: 'key', message: issue.issues[0]?.message ?? issue.message }];
    }
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const branch = likeliestBranch(issue.errors).map((inner) => ({
        ...inner,
        path: [...path, ...inner.path],
      }));
      return toFindings(branch, value, keys);
    }
    return [{ path, at: 'value', message: issue.message, hint: didYouMean(issue, getValueAt(value, path)) }];
  });
}

/**
 * Returns the message for an issue for which the schema has no message of its own. Never quotes a value, because it
 * may be a secret.
 */
export function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return `is missing; expected ${kindName(issue.expected)}`;
      return `expected ${kindName(issue.expected)}, got ${kindOf(issue.input)}`;
    case 'invalid_value':
      return issue.input === undefined
        ? `is missing; expected ${joinOptions(issue.values)}`
        : `expected ${joinOptions(issue.values)}`;
    case 'invalid_union':
      return issue.discriminator ? `expected ${joinOptions(optionsOf(issue))}` : undefined;
    case 'too_small':
      if (issue.origin === 'number' || issue.origin === 'int') return `must be at least ${issue.minimum}`;
      return 'must not be empty';
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    default:
      return undefined;
  }
}

/** Returns the value at a path; `undefined` when the path leads nowhere. */
export function getValueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const segment of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, segment)) return undefined;
    at = Reflect.get(at, segment);
  }
  return at;
}

/** Formats a path as it is written in documents and messages: `agents.main.tools[2]`. Long names are shortened. */
export function formatConfigPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const segment of path) {
    const name = abbreviateText(String(segment), 100);
    if (typeof segment === 'number') text += `[${name}]`;
    else if (!/^[\w$-]+$/.test(name)) text += `[${JSON.stringify(name)}]`;
    else text += text === '' ? name : `.${name}`;
  }
  return text;
}

function unknownKey(path: PropertyKey[], value: unknown, keys: readonly ConfigKey[]): Finding {
  const parent = path.slice(0, -1);
  const type = getValueAt(value, [...parent, 'type']);
  const below = listKeysBelow(keys, parent);
  const name = String(path.at(-1));
  const elsewhere = below.find((key) => key.path.at(-1) === name);
  if (elsewhere) {
    return {
      path,
      at: 'key',
      message: type === undefined ? 'is not a key of the default type' : `is not a key of type "${type}"`,
      hint: `only ${joinOptions(elsewhere.types)} has it`,
    };
  }
  const valid = below.filter(
    ({ types }) => type === undefined || types.length === 0 || types.some((each) => each === type),
  );
  const names = valid.map((key) => String(key.path.at(-1)));
  const meant = findNearest(name, names);
  const hint = meant
    ? `did you mean "${meant}"?`
    : names.length > 0
      ? `the keys here are ${names.join(', ')}`
      : undefined;
  return { path, at: 'key', message: 'unknown key', hint };
}

function didYouMean(issue: z.core.$ZodIssue, input: unknown): string | undefined {
  const options =
    issue.code === 'invalid_value' ? issue.values : issue.code === 'invalid_union' ? optionsOf(issue) : [];
  const meant = typeof input === 'string' ? findNearest(input, options.map(String)) : undefined;
  return meant && `did you mean "${meant}"?`;
}

function optionsOf(issue: object): unknown[] {
  const options: unknown = Reflect.get(issue, 'options');
  // A type that may be left away shows as an option without a name.
  return Array.isArray(options) ? options.filter((option) => option !== undefined) : [];
}

/** Returns the issues of the union branch that the value most likely belongs to: the one whose issues lie deepest. */
function likeliestBranch(branches: readonly z.core.$ZodIssue[][]): z.core.$ZodIssue[] {
  const depth = (branch: z.core.$ZodIssue[]) =>
    Math.max(0, ...branch.slice(0, 10).map(({ path }) => path.length));
  return branches.reduce((best, branch) => (depth(branch) > depth(best) ? branch : best), branches[0] ?? []);
}

function joinOptions(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(' or ');
}

const KIND_NAMES: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

function kindName(kind: string): string {
  return KIND_NAMES[kind] ?? kind;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return Number.isInteger(value) ? 'a number' : 'a fraction';
  return kindName(Array.isArray(value) ? 'array' : typeof value);
}
