import { readFileSync, type Stats, statSync } from 'node:fs';
import { resolvePath } from '../fields/paths.ts';
import type { Finding } from '../fields/problems.ts';
import type { ReferenceSnapshot } from './snapshot.ts';

/** The sources from which references are resolved. */
export interface ReferenceSources {
  /** Absolute path at which relative paths start. */
  root: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Values of an earlier check that are used instead of the environment and the files. */
  given?: ReferenceSnapshot | undefined;
}

/**
 * Creates an empty snapshot. Its records have no prototype, so that a name from outside finds an entry or nothing.
 */
export function createReferenceSnapshot(): ReferenceSnapshot {
  return { env: Object.create(null), files: Object.create(null) };
}

export interface ExpandedSource {
  value: unknown;
  findings: Finding[];
  /** The values of all references, each with the path of the string that contains it. */
  resolved: { path: PropertyKey[]; text: string }[];
  /** Absolute paths of the files that are referred to, whether they exist or not. */
  files: string[];
  given: ReferenceSnapshot;
}

/**
 * Replaces `${env:NAME}` and `${file:path}` in every string of a value; `$${` stands for `${`. The inserted values
 * are not expanded again. A string with a reference that cannot be resolved stays as it is and becomes a finding.
 * Never throws.
 */
export function expandReferences(source: unknown, surroundings: ReferenceSources): ExpandedSource {
  const result: ExpandedSource = {
    value: undefined,
    findings: [],
    resolved: [],
    files: [],
    given: createReferenceSnapshot(),
  };
  result.value = expandValue(source, [], surroundings, result);
  return result;
}

const REFERENCE = /\$\$\{|\$\{([^}]*)\}?/g;

/** Returns the parts of a string that are written out, without its references. */
export function getLiteralPart(text: string): string {
  return text.replaceAll(REFERENCE, (match) => (match === '$${' ? '${' : ''));
}

/** Returns the references in a string as they are written; an empty list for any other value. */
export function listReferences(value: unknown): string[] {
  if (typeof value !== 'string') return [];
  return [...value.matchAll(REFERENCE)].map(([match]) => match).filter((match) => match !== '$${');
}

function expandValue(
  value: unknown,
  path: PropertyKey[],
  around: ReferenceSources,
  result: ExpandedSource,
): unknown {
  if (typeof value === 'string') return expandString(value, path, around, result);
  if (Array.isArray(value))
    return value.map((item, index) => expandValue(item, [...path, index], around, result));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([name, item]) => [name, expandValue(item, [...path, name], around, result)]),
  );
}

function expandString(
  text: string,
  path: PropertyKey[],
  around: ReferenceSources,
  result: ExpandedSource,
): string {
  let complete = true;
  const expanded = text.replaceAll(REFERENCE, (match, inner: string | undefined) => {
    if (inner === undefined) return '${';
    const found = match.endsWith('}')
      ? lookUp(inner, around, result)
      : referenceProblem('a reference is not closed', 'expected "}"');
    if (typeof found === 'string') {
      result.resolved.push({ path, text: found });
      return found;
    }
    complete = false;
    result.findings.push({ path, at: 'value', ...found });
    return match;
  });
  return complete ? expanded : text;
}

type Wrong = Pick<Finding, 'message' | 'hint'>;

function lookUp(
  reference: string,
  around: ReferenceSources,
  { files, given }: ExpandedSource,
): string | Wrong {
  const [, kind, name = ''] = /^(env|file):(.+)$/s.exec(reference) ?? [];
  if (kind === 'env') {
    const env = around.given?.env ?? around.env;
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (!value)
      return referenceProblem(`the environment has no ${name}`, 'set it where the daemon is started');
    given.env[name] = value;
    return value;
  }
  if (kind === 'file') {
    const path = resolvePath(name, around.root);
    files.push(path);
    return readReferencedText(path, around, given);
  }
  return referenceProblem(
    `has something in "\${…}" that is not a reference`,
    `references are "\${env:NAME}" and "\${file:path}"; "$\${" stands for a literal "\${"`,
  );
}

const MAX_BYTES = 1024 * 1024;

/**
 * Returns the content of a file that the configuration refers to, without the line break at its end, and records it
 * in `given`; or the problem.
 */
export function readReferencedText(
  path: string,
  around: Pick<ReferenceSources, 'given'>,
  given: ReferenceSnapshot,
): string | Wrong {
  const text = around.given ? around.given.files[path] : readFile(path);
  if (text === undefined) return referenceProblem(`${path} was not there when this was checked`);
  if (typeof text === 'string') given.files[path] = text;
  return text;
}

function readFile(path: string): string | Wrong {
  try {
    const stats = statSync(path);
    if (!isReadable(stats)) return referenceProblem(`${path} is not a file of at most 1 MB`);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
    return text.replace(/\r?\n$/, '') || referenceProblem(`${path} is empty`);
  } catch (error) {
    return referenceProblem(`${path} cannot be read (${describeReadError(error)})`);
  }
}

/** Checks that the file is regular and not too large; reading a device or a pipe might never end. */
function isReadable(stats: Stats): boolean {
  return stats.isFile() && stats.size <= MAX_BYTES;
}

function describeReadError(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'permission denied';
  return code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'it is not UTF-8' : String(code);
}

function referenceProblem(message: string, hint?: string): Wrong {
  return { message, hint };
}
