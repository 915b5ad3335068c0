/** A part of a request body, read member by member. */
export interface Body {
  [member: string]: unknown;
}

/** Finds what a provider would refuse in a request; `undefined` when there is nothing. */
export type RequestCheck = (body: Body, raw: string) => string | undefined;

/** The first rule that a request breaks. */
export function faultIn(checks: readonly RequestCheck[], raw: string): string | undefined {
  const body: Body = JSON.parse(raw);
  return firstFault(checks, (check) => check(body, raw));
}

/** The first fault among the items, with the item's place in the list. */
export function firstFault<T>(
  items: readonly T[],
  check: (item: T, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const fault = check(item, index);
    if (fault !== undefined) return `${index}: ${fault}`;
  }
  return undefined;
}

/** Calls and the results that must follow them, for each message in order. */
export interface Exchange {
  calls: string[];
  results: string[];
}

/** The results of a message are those of the calls in the message before it, in their order. */
export function findUnpaired(exchanges: readonly Exchange[]): string | undefined {
  const ended = [...exchanges, { calls: [], results: [] }];
  return firstFault(ended, ({ results }, index) => {
    const calls = ended[index - 1]?.calls ?? [];
    return results.join() === calls.join() ? undefined : `results [${results}] for calls [${calls}]`;
  });
}

export function findRepeated(ids: readonly unknown[]): string | undefined {
  return new Set(ids).size === ids.length ? undefined : 'an id of a call twice';
}

/** Every JSON parser that checks its input (serde, orjson, simdjson) refuses half a character. */
export const wellFormed: RequestCheck = (body) =>
  textsIn(body).every((text) => text.isWellFormed()) ? undefined : 'a lone surrogate';

export function hasWords(text: unknown): boolean {
  return typeof text === 'string' && /[^\s\p{Cc}\p{Z}\p{Default_Ignorable_Code_Point}]/u.test(text);
}

export function isRecord(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown): Body[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** Every text in a value, keys included. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isRecord(value) ? Object.entries(value).flatMap(([key, member]) => [key, ...textsIn(member)]) : [];
}
