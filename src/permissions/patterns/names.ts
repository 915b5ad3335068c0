import { ANY, couldFit, covers, type Glob } from './glob.ts';
import { type Kind, textAt } from './kind.ts';

/** Patterns for the agents that work is delegated to: `helper`, `review-*`. */
export const names: Kind = {
  argument: 'agent',
  pattern(text) {
    if (!/^[\w.*-]+$/.test(text)) return 'a pattern is the name of an agent, with "*" for anything';
    const glob: Glob = text.split('').map((char) => (char === '*' ? ANY : char));
    return {
      globs: [glob],
      matches: (input) => covers(glob, (textAt(input, 'agent') ?? NOBODY).split('')),
      could: (input) => couldFit(glob, textAt(input, 'agent')?.split('') ?? [ANY]),
    };
  },
  narrow: (input) => {
    const agent = textAt(input, 'agent');
    return agent !== undefined && /^[\w.-]+$/.test(agent) ? agent : undefined;
  },
};

/** A text that is not the name of any agent. */
const NOBODY = '\0';
