/**
 * Masks secrets in texts. The rules, in the order in which they apply:
 *   1. A secret of fewer than 6 characters is never masked: `a` or `1234` would hit unrelated text everywhere.
 *   2. A secret of 6 to 11 characters is masked only as a whole word: with `abc123`, `xabc1234` stays.
 *   3. A longer one is masked wherever it stands, and so is each of its lines of 16 characters or more.
 *   4. The same holds for its spelling in JSON, URLs and forms, hexadecimal and base64.
 */
import { createHmac } from 'node:crypto';

/** The text that replaces a masked secret. */
export const MASK = '[redacted]';

/** Minimum length of a secret that is masked, in characters. */
export const SHORTEST_SECRET = 6;
const ANYWHERE = 12;
const SHORTEST_LINE = 16;

/** Minimum number of base64 characters that depend on the secret alone; that many are enough to recognise it. */
const SHORTEST_CODE = 11;

/** Returns a function that masks the secrets in a text; those shorter than `shortest` characters are left alone. */
export function createMask(secrets: readonly string[], shortest = SHORTEST_SECRET): (text: string) => string {
  const masked = secrets.filter(({ length }) => length >= shortest);
  const patterns = new Set([
    ...byLength(masked.flatMap(spellingsOf)).map(patternOf),
    ...masked.flatMap(codesOf).map(escapeRegExp),
  ]);
  if (patterns.size === 0) return (text) => text;
  const pattern = new RegExp([...patterns].join('|'), 'gu');
  return (text) => text.replace(pattern, MASK);
}

/**
 * Returns a function that measures how many characters at the end of a text may be the beginning of a secret that
 * continues. A text that is shown in pieces keeps these back.
 */
export function createTailMeasure(secrets: readonly string[]): (text: string) => number {
  const masked = secrets.filter(({ length }) => length >= SHORTEST_SECRET);
  const texts = new Set(masked.flatMap((secret) => [...spellingsOf(secret), ...codesOf(secret)]));
  const longest = Math.max(0, ...[...texts].map(({ length }) => length));
  const byFirst = Map.groupBy(texts, (text) => text.charAt(0));
  return (text) => {
    for (let at = Math.max(0, text.length - longest + 1); at < text.length; at++) {
      const length = text.length - at;
      const candidates = byFirst.get(text.charAt(at)) ?? [];
      if (candidates.some((each) => each.length > length && each.startsWith(text.slice(at)))) return length;
    }
    return 0;
  };
}

/** Replaces secrets by names and names by secrets, so that neither the journal nor the model ever has the secrets. */
export interface Seal {
  close(text: string): string;
  open(text: string): string;
}

/**
 * Creates the seal for these secrets. A name is a digest of its secret under `key`, so only a text that once had the
 * secret can contain the name. Secrets too short to be masked are not sealed; a name that belongs to no secret is
 * left as it is.
 */
export function createSeal(secrets: readonly string[], key: string): Seal {
  const kept = byLength(secrets.filter(({ length }) => length >= SHORTEST_SECRET));
  const names = new Map(kept.map((secret) => [secret, nameOf(secret, key)]));
  const byName = new Map([...names].map(([secret, name]) => [name, secret]));
  const pattern = new RegExp(kept.map(patternOf).join('|') || '(?!)', 'gu');
  return {
    close: (text) => text.replace(pattern, (secret) => names.get(secret) ?? MASK),
    open: (text) => text.replace(NAME, (name) => byName.get(name) ?? name),
  };
}

const NAME = /\[secret [\w-]{16}\]/g;

/** Checks whether an opened text still has a name of a secret, which then belongs to no present secret. */
export function hasSealedSecret(text: string): boolean {
  return text.search(NAME) >= 0;
}

function nameOf(secret: string, key: string): string {
  return `[secret ${createHmac('sha256', key).update(secret).digest('base64url').slice(0, 16)}]`;
}

function spellingsOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/).filter(({ length }) => length >= SHORTEST_LINE);
  const texts = [secret, ...lines];
  const inJson = texts.flatMap((text) => [inString(text), inString(inString(text))]);
  const inUrl = encodeURIComponent(secret.toWellFormed());
  return [...texts, ...inJson, inUrl, inUrl.replaceAll('%20', '+'), inUrl.replaceAll(/%../g, toLowerCase)];
}

function inString(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Returns what base64 and hexadecimal make of a text that contains the secret at any offset. */
function codesOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const codes = [0, 1, 2].flatMap((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const whole = padded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    return [whole, whole.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const usable = codes.filter(({ length }) => length >= SHORTEST_CODE);
  if (bytes.length < SHORTEST_CODE) return usable;
  const hex = bytes.toString('hex');
  return [...usable, hex, hex.toUpperCase()];
}

/**
 * Returns the pattern of one secret. A short one matches only where no letter or digit touches it; an escape
 * sequence before it does not count as a letter.
 */
function patternOf(text: string): string {
  const pattern = escapeRegExp(text);
  if (text.length >= ANYWHERE) return pattern;
  const begin = /^[\p{L}\p{N}]/u.test(text) ? BEGIN : '';
  const end = /[\p{L}\p{N}]$/u.test(text) ? '(?![\\p{L}\\p{N}])' : '';
  return `${begin}${pattern}${end}`;
}

const BEGIN = String.raw`(?:(?<![\p{L}\p{N}])|(?<=\\[nrtbf]|\\u00[01][0-9a-f]|%[0-9A-Fa-f]{2}|\u001b\[[0-9;]*m))`;

function byLength(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort((a, b) => b.length - a.length);
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function toLowerCase(text: string): string {
  return text.toLowerCase();
}
