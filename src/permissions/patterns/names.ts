import { ANY, coversGlob, type Glob, mayFit } from './glob.ts';
import { getTextArgument, type PatternKind } from './kind.ts';

/** Patterns for the agents that work is delegated to: `helper`, `review-*`. */
export function createAgentPatterns(argument: string): PatternKind {
  return {
    argument,
    parsePattern(text) {
      if (!/^[\w.*-]+$/.test(text)) return 'a pattern is the name of an agent, with "*" for anything';
      const glob: Glob = text.split('').map((char) => (char === '*' ? ANY : char));
      return {
        globs: [glob],
        matches: (input) => coversGlob(glob, (getTextArgument(input, argument) ?? NO_AGENT).split('')),
        mayMatch: (input) => mayFit(glob, getTextArgument(input, argument)?.split('') ?? [ANY]),
      };
    },
    narrowPattern: (input) => {
      const agent = getTextArgument(input, argument);
      return agent !== undefined && /^[\w.-]+$/.test(agent) ? agent : undefined;
    },
  };
}

/** A text that is not the name of any agent. */
const NO_AGENT = '\0';
