import type { Glob } from '../patterns/glob.ts';

/** The separator between the words of a command; no command line contains it. */
export const NEXT_WORD = '\0';

/** Joins the words of a command to one text, so that a `*` in a rule can match several of them. */
export function joinWords(words: readonly Glob[]): Glob {
  return words.flatMap((word, index) => (index === 0 ? word : [NEXT_WORD, ...word]));
}
