import type { Glob } from './glob.ts';

/** What the calls of a tool start from; absolute. */
export interface Places {
  /** Where relative paths of file tools start. */
  files: string;
  /** Where commands start that do not say. */
  commands: string;
}

/** What patterns of a tool are about: a kind of argument. */
export interface Kind {
  /** What a call must have for a pattern to say anything about it, in words. */
  argument: string;
  /** A pattern from the text between the parentheses; a sentence when it cannot be one. */
  pattern(text: string, places: Places): Pattern | string;
  /** The pattern that means this call and as little else as can be said; `undefined` for unusable arguments. */
  narrow(input: unknown, places: Places): string | undefined;
  /**
   * Whether the call does what it says where it says; false when a symbolic link leads elsewhere, which a rule in the
   * words of the call would not show. Absent where there are no links.
   */
  isDirect?(input: unknown, places: Places): boolean;
}

export interface Pattern {
  /** All that it means, for comparing patterns of one kind. */
  globs: readonly Glob[];
  /** Set when it means one command line and nothing else. */
  line?: string;
  /** The call is certainly meant. */
  matches(input: unknown): boolean;
  /** The call may do what is meant; true whenever that is not certain. */
  could(input: unknown): boolean;
}

/** An argument of a call, when it is there and a text. */
export function textAt(input: unknown, name: string): string | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  const value: unknown = Reflect.get(input, name);
  return typeof value === 'string' ? value : undefined;
}
