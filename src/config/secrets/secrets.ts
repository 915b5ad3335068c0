import { existsSync } from 'node:fs';
import { SHORTEST_SECRET } from '../../util/mask.ts';
import { type ConfigKey, findKey } from '../fields/keys.ts';
import { type Finding, formatConfigPath, getValueAt } from '../fields/problems.ts';
import type { Config } from '../schema/resolve.ts';
import { type ExpandedSource, getLiteralPart } from './references.ts';

/** Matches names of headers and variables whose values are secret. */
export const CREDENTIAL_NAME = /auth|key|token|secret|passw|pwd|credential|cookie|signature/i;

/** Matches what may precede a credential in a header and is not secret itself. */
const SCHEME = /^((bearer|basic|token|bot) )?$/i;

/**
 * Returns every text that must not be shown: values of secret keys, credentials in headers and variables, and the
 * values of references anywhere except at keys that are `plain`.
 */
export function collectSecrets(
  expanded: ExpandedSource,
  source: unknown,
  keys: readonly ConfigKey[],
): string[] {
  return [...new Set(secretsAt(expanded, source, keys).map(({ text }) => text))];
}

/** Warns about secrets that are too short to be masked, because masking them would hit unrelated text. */
export function findShortSecrets(
  expanded: ExpandedSource,
  source: unknown,
  keys: readonly ConfigKey[],
): Finding[] {
  const short = secretsAt(expanded, source, keys).filter(
    ({ text }) => text.length < SHORTEST_SECRET && !isKnownPath(text),
  );
  const paths = new Map(short.map(({ path, text }) => [formatConfigPath(path), { path, text }]));
  return [...paths.values()].map(({ path, text }) => ({
    path,
    at: 'value',
    message: `is a secret of ${text.length} characters, which is too short to be masked; logs and outputs may show it`,
    hint: `use one of at least ${SHORTEST_SECRET} characters`,
  }));
}

interface SecretAt {
  path: PropertyKey[];
  text: string;
}

function secretsAt(expanded: ExpandedSource, source: unknown, keys: readonly ConfigKey[]): SecretAt[] {
  const referenced = expanded.resolved.filter(({ path }) => !findKey(keys, path)?.meta.plain);
  const written = collectTexts(source).filter(({ path, text }) => text !== '' && isSecretPath(path, keys));
  const values = written.flatMap(({ path }) => {
    const text = getValueAt(expanded.value, path);
    return typeof text === 'string' ? [{ path, text }] : [];
  });
  return [...referenced, ...values];
}

/**
 * Returns every text that tools must not show. The rules: (1) Every secret counts, such as an API key. (2) The value
 * of a variable for commands or servers counts whatever its name, unless it is clearly harmless: a word, a number, a
 * path, an address without credentials, a locale. (3) The path of something that exists never counts, whatever
 * refers to it.
 */
export function collectHidden(secrets: readonly string[], { tools }: Pick<Config, 'tools'>): string[] {
  const servers = Object.values(tools.mcp).map((server) => (server.type === 'stdio' ? server.env : {}));
  const variables = [tools.shell.env, ...servers].flatMap((env) => Object.values(env));
  const texts = new Set([...secrets, ...variables.filter((value) => !HARMLESS.test(value))]);
  return [...texts].filter((text) => !isKnownPath(text));
}

function isKnownPath(text: string): boolean {
  return text.startsWith('/') && existsSync(text);
}

const HARMLESS =
  /^(?:[a-z]+|[A-Z]+|[A-Z]?[a-z]+|[\d.,:-]+|[~.]{0,2}\/.*|[a-z][a-z0-9+]*:\/\/[^@]*|\w+\.UTF-8)$/s;

/**
 * Checks whether the text written at a path is masked when the file is shown. A reference itself is not secret; the
 * value it stands for is.
 */
export function mustBeMasked(
  text: string,
  path: readonly PropertyKey[],
  keys: readonly ConfigKey[],
): boolean {
  if (findKey(keys, path)?.meta.secret !== true && !isSecretPath(path, keys)) return false;
  const literal = getLiteralPart(text);
  return literal === text || !SCHEME.test(literal);
}

/**
 * Checks whether the value at a path is secret: its key is declared secret, or it is an entry whose name sounds like
 * a credential.
 */
export function isSecretPath(path: readonly PropertyKey[], keys: readonly ConfigKey[]): boolean {
  const key = findKey(keys, path);
  const last = path.at(-1);
  if (!key) return false;
  const isEntry = path.length > key.path.length && typeof last === 'string';
  return isEntry ? key.meta.plain !== true && CREDENTIAL_NAME.test(last) : key.meta.secret === true;
}

function collectTexts(value: unknown, path: PropertyKey[] = []): { path: PropertyKey[]; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => collectTexts(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => collectTexts(item, [...path, name]));
}
