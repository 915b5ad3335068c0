/**
 * JSON whose numbers keep the digits that were written. A number that JavaScript would write back in the same way is
 * a plain number; every other one (integers beyond 2^53, 1e400, 1.0, -0) is a `RawNumber`, which `JSON.stringify`
 * writes as it was read. Code that copies JSON must pass raw numbers on as they are: use `mapJson`.
 */

/** The source text of a number; created by `JSON.rawJSON`, and lost when copied by `structuredClone`. */
export interface RawNumber {
  [member: string]: string;
  rawJSON: string;
}

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | JsonValue[]
  | { [key: string]: JsonValue | undefined };

declare global {
  interface JSON {
    rawJSON(text: string): RawNumber;
    isRawJSON(value: unknown): value is RawNumber;
  }
}

/**
 * Matches text that may lose digits: only a fraction, an exponent, 16 digits or a negative zero can. Matches in
 * strings only cost time.
 */
const MAY_LOSE = /(?:^|[[:,])\s*(?:-0|-?(?:\d{16}|\d+[.eE]))/;

/** Parses JSON as `JSON.parse` does, but keeps the digits of numbers. Throws a SyntaxError. */
export function parseLossless(text: string): ReturnType<typeof JSON.parse> {
  if (!MAY_LOSE.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? numberOf(value, context?.source) : value,
  );
}

function numberOf(value: number, source: string | undefined): number | RawNumber {
  return source === undefined || JSON.stringify(value) === source ? value : JSON.rawJSON(source);
}

export function isRawNumber(value: unknown): value is RawNumber {
  return JSON.isRawJSON(value);
}

/** Copies a value with `change` applied to each text in it; names of members and numbers stay as they are. */
export function mapJson(value: JsonValue, change: (text: string) => JsonValue): JsonValue {
  return mapLeaves(value, (leaf) => (typeof leaf === 'string' ? change(leaf) : leaf));
}

/** Turns raw numbers into the nearest plain ones, for code that computes with them. */
export function toPlainNumbers(value: JsonValue): JsonValue {
  return mapLeaves(value, (leaf) => (isRawNumber(leaf) ? Number(leaf.rawJSON) : leaf));
}

/** Copies a value through JSON, because `structuredClone` would turn raw numbers into plain objects. */
export function cloneJson<T>(value: T): T {
  const copy: T = parseLossless(JSON.stringify(value));
  return copy;
}

/**
 * Prefix of the strings that stand for raw numbers in the input of a third-party parser; random, so that no text can
 * contain it by chance.
 */
const MARK = `raw number ${crypto.getRandomValues(new Uint32Array(4)).join('-')} `;
const MARKED = new RegExp(`"${MARK}([-+.\\deE]+)"`, 'g');

/**
 * Rewrites JSON so that a parser that would lose digits keeps them; see `unmarkNumbers`. Text that is not JSON is
 * returned unchanged.
 */
export function markNumbers(text: string): string {
  if (!MAY_LOSE.test(text)) return text;
  try {
    return JSON.stringify(parseLossless(text), (_key, value) =>
      isRawNumber(value) ? `${MARK}${value.rawJSON}` : value,
    );
  } catch {
    return text;
  }
}

/**
 * Works like `markNumbers`, but only inside members called `member`, for parsers that require real numbers
 * elsewhere. Text that is not JSON is returned unchanged.
 */
export function markNumbersIn(member: string, text: string): string {
  if (!MAY_LOSE.test(text)) return text;
  try {
    return JSON.stringify(parseLossless(text), (key, value) =>
      key === member ? JSON.parse(markNumbers(JSON.stringify(value))) : value,
    );
  } catch {
    return text;
  }
}

/** Restores the numbers in JSON that was written from marked values. */
export function unmarkText(json: string): string {
  return json.includes(MARK) ? json.replaceAll(MARKED, '$1') : json;
}

/** Returns the value that a parser made from the result of `markNumbers`, with raw numbers in place of the marks. */
export function unmarkNumbers<T>(value: T): T {
  const text = JSON.stringify(value) ?? '';
  if (!text.includes(MARK)) return value;
  const copy: T = parseLossless(unmarkText(text));
  return copy;
}

function mapLeaves(value: JsonValue, change: (leaf: JsonValue) => JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item) => mapLeaves(item, change));
  if (typeof value !== 'object' || value === null || isRawNumber(value)) return change(value);
  const entries = Object.entries(value).map(([name, item]) => [
    name,
    item === undefined ? item : mapLeaves(item, change),
  ]);
  return Object.fromEntries(entries);
}
