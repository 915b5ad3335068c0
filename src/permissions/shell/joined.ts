import type { Glob } from '../patterns/glob.ts';

/** Between the words of a command; no command line contains it. */
export const NEXT_WORD = '\0';

/** The words of a command as one text, so that a `*` in a rule can stand for several of them. */
export function joined(words: readonly Glob[]): Glob {
  return words.flatMap((word, index) => (index === 0 ? word : [NEXT_WORD, ...word]));
}
