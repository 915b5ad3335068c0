import { type Key, keyAt } from './keys.ts';
import { valueAt } from './problems.ts';
import { type Expanded, literalPart } from './references.ts';

/** Names of headers and variables whose values are secret. */
export const CREDENTIAL = /auth|key|token|secret|passw|pwd|credential|cookie|signature/i;

/** What stands before a credential in a header and is none itself. */
const SCHEME = /^((bearer|basic|token|bot) )?$/i;

/**
 * Every text that must not be seen: values of secret keys and of credentials in headers and variables, and what
 * references stand for anywhere else except at keys that are `plain`.
 */
export function collectSecrets(expanded: Expanded, source: unknown, keys: readonly Key[]): string[] {
  const referenced = expanded.resolved.filter(({ path }) => !keyAt(keys, path)?.meta.plain);
  const written = leaves(source).filter(({ path, text }) => text !== '' && isSecret(path, keys));
  const secrets = written
    .map(({ path }) => valueAt(expanded.value, path))
    .filter((value) => typeof value === 'string');
  return [...new Set([...referenced.map(({ text }) => text), ...secrets])];
}

/** Whether the text written at a path is hidden when the file is shown. A reference is no secret, what it stands for is. */
export function isMasked(text: string, path: readonly PropertyKey[], keys: readonly Key[]): boolean {
  if (keyAt(keys, path)?.meta.secret !== true && !isSecret(path, keys)) return false;
  const literal = literalPart(text);
  return literal === text || !SCHEME.test(literal);
}

/** Among headers and variables, the name tells a credential from the rest. */
export function isSecret(path: readonly PropertyKey[], keys: readonly Key[]): boolean {
  const key = keyAt(keys, path);
  const last = path.at(-1);
  if (!key) return false;
  const isEntry = path.length > key.path.length && typeof last === 'string';
  return isEntry ? key.meta.plain !== true && CREDENTIAL.test(last) : key.meta.secret === true;
}

function leaves(value: unknown, path: PropertyKey[] = []): { path: PropertyKey[]; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => leaves(item, [...path, name]));
}
