import { parseDocument } from './jsonc.ts';
import { type Key, listKeys } from './keys.ts';
import { configSchema } from './schema.ts';
import { isMasked } from './secrets.ts';

/** What stands where a secret was. */
export const MASK = '[redacted]';

/** Anything shorter would hit harmless text everywhere. */
const MIN_LENGTH = 6;
const MIN_LINE_LENGTH = 16;

/**
 * Returns a function that masks secrets in any text: as they are, as they look inside JSON or a URL, and each long
 * line of those that have several. Secrets shorter than `minLength` characters are left alone.
 */
export function redactor(secrets: readonly string[], minLength = MIN_LENGTH): (text: string) => string {
  const spellings = new Set(secrets.filter(({ length }) => length >= minLength).flatMap(spell));
  if (spellings.size === 0) return (text) => text;
  const longestFirst = [...spellings].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map(literally).join('|'), 'g');
  return (text) => text.replace(pattern, MASK);
}

/** How many secrets are hidden that were replaced by others. */
const REMEMBERED = 200;

/** What was a secret stays one: it may be valid for a while yet, and those who were given it may repeat it. */
export function rememberSecrets(secrets: readonly string[], former: readonly string[]): string[] {
  const present = new Set(secrets);
  return [...present, ...former.filter((secret) => !present.has(secret)).slice(0, REMEMBERED)];
}

/**
 * The file's content as it may be shown: references as they are written, secrets that are written out masked. For
 * `midturn config show` and `GET /v1/config`.
 */
export function shownConfig(loaded: { source: string; secrets: readonly string[] }): unknown {
  const show: Show = { keys: listKeys(configSchema), redact: redactor(loaded.secrets) };
  return mask(parseDocument(loaded.source).value, [], show);
}

interface Show {
  keys: readonly Key[];
  redact(text: string): string;
}

function mask(value: unknown, path: PropertyKey[], show: Show): unknown {
  if (typeof value === 'string') return isMasked(value, path, show.keys) ? MASK : show.redact(value);
  if (Array.isArray(value)) return value.map((item, index) => mask(item, [...path, index], show));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([name, item]) => [name, mask(item, [...path, name], show)]));
}

function spell(secret: string): string[] {
  const lines = secret.split(/\r?\n/).filter(({ length }) => length >= MIN_LINE_LENGTH);
  const texts = [secret, ...lines];
  const inJson = texts.map((text) => JSON.stringify(text).slice(1, -1));
  return [...texts, ...inJson, encodeURIComponent(secret.toWellFormed())];
}

function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
