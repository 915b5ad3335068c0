import type { Glob } from './glob.ts';

/** The absolute base paths of tool calls. */
export interface BasePaths {
  /** Where relative paths of file tools start. */
  files: string;
  /** Where commands start when the call names no folder. */
  commands: string;
}

/** A kind of pattern: how the calls of a tool are matched by one of their arguments. */
export interface PatternKind {
  /** The argument that a call must have to be matched, in words. */
  argument: string;
  /** Parses the text between the parentheses; returns a sentence that says what is wrong when it is not a pattern. */
  parsePattern(text: string, places: BasePaths): ArgumentPattern | string;
  /** Returns the narrowest pattern that matches this call; `undefined` for unusable arguments. */
  narrowPattern(input: unknown, places: BasePaths): string | undefined;
  /**
   * Checks whether the call acts on the path that it names. False when a symbolic link leads elsewhere, which a rule
   * in the words of the call would not show. Absent for arguments without links.
   */
  isDirect?(input: unknown, places: BasePaths): boolean;
}

export interface ArgumentPattern {
  /** All values that it matches, for comparing patterns of the same kind. */
  globs: readonly Glob[];
  /** Set when the pattern matches exactly one command line; `input` is a call with that line. */
  line?: { text: string; input: object };
  /** Checks whether the call definitely matches. */
  matches(input: unknown): boolean;
  /** Checks whether the call might match; true whenever that is uncertain, so that doubt never opens anything. */
  mayMatch(input: unknown): boolean;
}

/** Returns an argument of a call when it is present and a string. */
export function getTextArgument(input: unknown, name: string): string | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  const value: unknown = Reflect.get(input, name);
  return typeof value === 'string' ? value : undefined;
}
