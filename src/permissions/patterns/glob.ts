/**
 * A text with wildcards, as one token for each character or wildcard. Texts taken from calls contain wildcards as
 * well, where the value is only known when the command runs.
 */
export type Glob = readonly string[];

/** The wildcard for any text, slashes included. */
export const ANY = 'any';
/** The wildcard for any text within one path segment. */
export const SEGMENT = 'segment';

/** Checks whether the pattern matches every value that `text` can have. */
export function coversGlob(pattern: Glob, text: Glob): boolean {
  let states = expandStates(pattern, [0]);
  for (const token of text) {
    states = expandStates(pattern, stepStates(pattern, states, token));
    if (states.size === 0) return false;
  }
  return states.has(pattern.length);
}

/**
 * Checks whether the pattern matches some value of a part of `text`, where `begins` and `ends` decide where a part
 * may start and end. From an index in `skips`, the text may also continue at the later indexes given there.
 */
export function occursIn(
  pattern: Glob,
  text: Glob,
  begins: (index: number) => boolean,
  ends: (index: number) => boolean,
  skips: ReadonlyMap<number, readonly number[]> = new Map(),
): boolean {
  const arriving = new Map<number, Set<number>>();
  let states = new Set<number>();
  for (let index = 0; ; index += 1) {
    states = expandStates(pattern, [...states, ...(arriving.get(index) ?? [])]);
    arriving.delete(index);
    for (const target of skips.get(index) ?? []) {
      arriving.set(target, new Set([...(arriving.get(target) ?? []), ...states]));
    }
    if (begins(index)) states = expandStates(pattern, [...states, 0]);
    if (states.has(pattern.length) && ends(index)) return true;
    const token = text[index];
    if (token === undefined) return false;
    states = new Set([...stepStates(pattern, states, token), ...leapStates(pattern, states, token)]);
  }
}

/** Checks whether the pattern matches at least one value that `text` can have. */
export function mayFit(pattern: Glob, text: Glob): boolean {
  return occursIn(
    pattern,
    text,
    (index) => index === 0,
    (index) => index === text.length,
  );
}

function stepStates(pattern: Glob, states: ReadonlySet<number>, token: string): number[] {
  const next: number[] = [];
  for (const state of states) {
    const wanted = pattern[state];
    if (wanted === ANY || (wanted === SEGMENT && token !== '/' && token !== ANY)) next.push(state);
    else if (wanted === token) next.push(state + 1);
  }
  return next;
}

/** Returns the states after an unknown token, which may stand for whatever the pattern expects next. */
function leapStates(pattern: Glob, states: ReadonlySet<number>, token: string): number[] {
  if (token.length === 1 || states.size === 0) return [];
  const first = Math.min(...states);
  return Array.from({ length: pattern.length + 1 - first }, (_, index) => first + index);
}

/** Adds the states that are reached when wildcards stand for nothing. */
function expandStates(pattern: Glob, states: Iterable<number>): Set<number> {
  const all = new Set<number>();
  for (let state of states) {
    all.add(state);
    while (pattern[state] === ANY || pattern[state] === SEGMENT) {
      state += 1;
      all.add(state);
    }
  }
  return all;
}
