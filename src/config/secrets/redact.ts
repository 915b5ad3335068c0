import { createMask, MASK } from '../../util/mask.ts';
import { type ConfigKey, listKeys } from '../fields/keys.ts';
import { configSchema } from '../schema/schema.ts';
import { parseDocument } from '../source/jsonc.ts';
import { mustBeMasked } from './secrets.ts';

/** Maximum number of former secrets that stay masked after they were replaced. */
const REMEMBERED = 200;

/**
 * Returns the present and the former secrets: a former one may be valid for a while, and services that were given it
 * may repeat it.
 */
export function rememberSecrets(secrets: readonly string[], former: readonly string[]): string[] {
  const present = new Set(secrets);
  return [...present, ...former.filter((secret) => !present.has(secret)).slice(0, REMEMBERED)];
}

/**
 * Returns the file's content in a form that may be shown: references as they are written, written secrets masked.
 * For `midturn config show` and `GET /v1/config`.
 */
export function redactConfig(loaded: { source: string; secrets: readonly string[] }): unknown {
  const show: Show = { keys: listKeys(configSchema), redact: createMask(loaded.secrets) };
  return maskValue(parseDocument(loaded.source).value, [], show);
}

interface Show {
  keys: readonly ConfigKey[];
  redact(text: string): string;
}

function maskValue(value: unknown, path: PropertyKey[], show: Show): unknown {
  if (typeof value === 'string') return mustBeMasked(value, path, show.keys) ? MASK : show.redact(value);
  if (Array.isArray(value)) return value.map((item, index) => maskValue(item, [...path, index], show));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([name, item]) => [name, maskValue(item, [...path, name], show)]));
}
