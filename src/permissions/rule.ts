import { KNOWN_TOOLS, type KnownPattern } from './known-tools.ts';
import { coversGlob as globCovers } from './patterns/glob.ts';
import type { ArgumentPattern, BasePaths } from './patterns/kind.ts';

/** What a rule says about the calls that it matches, as the configuration writes it. */
export type RuleVerdict = 'allow' | 'ask' | 'deny';

/** The rules of an agent as the configuration has them: a verdict for each rule. */
export type ToolPolicy = Record<string, RuleVerdict>;

/** The syntax of a rule: a tool, a prefix followed by `*`, or a tool with a pattern in parentheses. */
export const RULE_SHAPE = /^(\*|[A-Za-z0-9_.:-]{1,128}\*?|[A-Za-z0-9_.:-]{1,128}\([\s\S]+\))$/;

/** A parsed rule: which calls it is about. */
export interface Rule {
  text: string;
  tool: string;
  /** Whether `tool` is only the beginning of the names that it matches. */
  prefix: boolean;
  pattern: ArgumentPattern | null;
}

/** Returns the kind of pattern that a tool takes; `undefined` when it takes none. */
export function getPatternKind(tool: string): KnownPattern | undefined {
  return KNOWN_TOOLS.patterns.get(tool);
}

/** Parses a rule; returns a sentence that says what is wrong when the text is not a rule. */
export function parseRule(text: string, places: BasePaths): Rule | string {
  if (!RULE_SHAPE.test(text)) {
    return 'expected the name of a tool, the beginning of names with "*" behind it, or a tool with a pattern, such as "shell(git status*)"';
  }
  const open = text.indexOf('(');
  if (open < 0) {
    const prefix = text.endsWith('*');
    return { text, tool: prefix ? text.slice(0, -1) : text, prefix, pattern: null };
  }
  const tool = text.slice(0, open);
  const kind = getPatternKind(tool);
  if (!kind) return `${tool} takes no pattern; ${[...KNOWN_TOOLS.patterns.keys()].join(', ')} do`;
  const pattern = kind.parsePattern(text.slice(open + 1, -1), places);
  return typeof pattern === 'string' ? pattern : { text, tool, prefix: false, pattern };
}

/** Returns why the text cannot be a rule, independent of where paths start; `undefined` when it can. */
export function findRuleFault(text: string): string | undefined {
  const rule = parseRule(text, { files: '/', commands: '/' });
  return typeof rule === 'string' ? rule : undefined;
}

/** Checks whether the rule is about calls of this tool, at least some of them. */
export function concernsTool({ tool, prefix }: Rule, name: string): boolean {
  return prefix ? name.startsWith(tool) : name === tool;
}

/**
 * Checks whether `general` matches every call that `special` matches. Example: `shell(git *)` includes `shell(git
 * status)`.
 */
export function includesRule(general: Rule, special: Rule): boolean {
  if (special.prefix && !general.prefix) return false;
  if (!concernsTool(general, special.tool)) return false;
  if (!general.pattern) return true;
  return special.pattern !== null && patternIncludes(general.pattern, special.pattern);
}

function patternIncludes(general: ArgumentPattern, special: ArgumentPattern): boolean {
  if (special.line) {
    return general.line ? general.line.text === special.line.text : general.mayMatch(special.line.input);
  }
  if (general.line) return false;
  return special.globs.every((glob) => general.globs.some((wider) => globCovers(wider, glob)));
}
