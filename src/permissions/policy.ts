import type { BasePaths } from './patterns/kind.ts';
import type { ToolPolicy } from './rule.ts';
import { concernsTool, getPatternKind, includesRule, parseRule, type Rule } from './rule.ts';

/** Decides which verdict the rules of an agent give to a call. This type is the decision about one call. */
export interface PolicyDecision {
  verdict: 'allow' | 'ask' | 'deny';
  /**
   * The rule that decided, in the words of the policy; for `ask`, the rule that an approval of more than this call
   * would grant.
   */
  rule: string;
  /** Checks whether a grant of the rule `granted` also approves this call. */
  isGrantedBy(granted: string): boolean;
  /** Checks whether an approval that was given under this rule still covers what the call would do now. */
  isStillCoveredBy(rule: string): boolean;
}

export interface ToolPermissions {
  decideOnCall(tool: string, input: unknown): PolicyDecision;
  /** Checks whether some arguments exist with which the tool may be used, at least after an approval. */
  mayUse(tool: string): boolean;
}

interface PolicyRule extends Rule {
  verdict: PolicyDecision['verdict'];
}

/**
 * Creates the policy of an agent. The rules that decide about a call are selected in three steps:
 *   1. Among the rules that definitely match, drop every rule that is more general than another match.
 *      Example: `shell(git status)` overrides `shell(git *)`, which overrides `shell` and `*`.
 *   2. Add the `ask` and `deny` rules that might match, unless a rule names exactly this line (`shell(=make)`).
 *      Example: `shell(rm *): deny` is added for `sh -c "$X"`, which could run `rm`.
 *   3. Among the remaining rules, `deny` overrides `ask`, and `ask` overrides `allow`. If none remains, deny the call.
 * Doubt therefore never allows a call, and the order of the rules in the file does not matter.
 */
export function createPolicy(policy: ToolPolicy, places: BasePaths): ToolPermissions {
  const rules = Object.entries(policy).flatMap(([text, verdict]): PolicyRule[] => {
    const rule = parseRule(text, places);
    return typeof rule === 'string' ? [] : [{ ...rule, verdict }];
  });
  return {
    decideOnCall: (tool, input) => decideOnCall(rules, tool, input, places),
    mayUse: (tool) =>
      rules.some((rule) => concernsTool(rule, tool) && rule.pattern && rule.verdict !== 'deny') ||
      strictestVerdict(dropMoreGeneral(rules.filter((rule) => concernsTool(rule, tool) && !rule.pattern))) !==
        'deny',
  };
}

function decideOnCall(
  rules: readonly PolicyRule[],
  tool: string,
  input: unknown,
  places: BasePaths,
): PolicyDecision {
  const about = rules.filter((rule) => concernsTool(rule, tool));
  const certain = dropMoreGeneral(about.filter((rule) => rule.pattern?.matches(input) ?? true));
  const isNamed = certain.some((rule) => rule.pattern?.line !== undefined);
  const doubtful = isNamed ? [] : about.filter((rule) => rule.verdict !== 'allow' && mayMean(rule, input));
  const deciding = [...certain, ...doubtful];
  const verdict = strictestVerdict(deciding);
  const [first, ...more] = deciding.filter((rule) => rule.verdict === verdict);
  const decided = first?.pattern ? first.text : tool;
  if (verdict !== 'ask')
    return { verdict, rule: decided, isGrantedBy: () => false, isStillCoveredBy: () => false };
  const narrow = narrowRule(tool, input, places);
  if (narrow === undefined) return denyUnusable(tool);
  const isDirect = getPatternKind(tool)?.isDirect?.(input, places);
  const isCertain = first?.pattern && more.length === 0 && certain.includes(first) && isDirect !== false;
  const asked = isCertain ? decided : narrow;
  const asking = first ? [first, ...more] : more;
  return {
    verdict,
    rule: asked,
    isStillCoveredBy: (text) => isDirect === undefined || text === narrow || text === asked,
    isGrantedBy: (text) => text === narrow || grantCovers(text, asking, tool, input, places),
  };
}

/**
 * Checks whether a rule may match the call although that is not certain. A definite match is not in doubt, even when
 * a more specific rule overrides it.
 */
function mayMean({ pattern }: Rule, input: unknown): boolean {
  return pattern !== null && !pattern.matches(input) && pattern.mayMatch(input);
}

function dropMoreGeneral(rules: readonly PolicyRule[]): PolicyRule[] {
  return rules.filter(
    (rule) => !rules.some((other) => includesRule(rule, other) && !includesRule(other, rule)),
  );
}

function strictestVerdict(rules: readonly PolicyRule[]): PolicyDecision['verdict'] {
  const says = (verdict: PolicyDecision['verdict']) => rules.some((rule) => rule.verdict === verdict);
  return says('deny') || rules.length === 0 ? 'deny' : says('ask') ? 'ask' : 'allow';
}

/**
 * Returns the narrowest rule that matches this call: the whole tool where it takes no pattern, `undefined` when the
 * arguments are unusable.
 */
function narrowRule(tool: string, input: unknown, places: BasePaths): string | undefined {
  const kind = getPatternKind(tool);
  if (!kind) return tool;
  const pattern = kind.narrowPattern(input, places);
  return pattern === undefined ? undefined : `${tool}(${pattern})`;
}

/** Denies a call whose arguments do not say what it wants, because an approver could not decide about it. */
function denyUnusable(tool: string): PolicyDecision {
  const rule = `${tool} without a usable "${getPatternKind(tool)?.argument}"`;
  return { verdict: 'deny', rule, isGrantedBy: () => false, isStillCoveredBy: () => false };
}

/**
 * Checks whether a grant covers the call: it must match the call, and every asking rule must include all that it
 * grants.
 */
function grantCovers(
  text: string,
  asking: readonly Rule[],
  tool: string,
  input: unknown,
  places: BasePaths,
): boolean {
  if (!text.startsWith(tool)) return false;
  const granted = parseRule(text, places);
  if (typeof granted === 'string' || !concernsTool(granted, tool)) return false;
  if (granted.pattern && !granted.pattern.matches(input)) return false;
  return asking.every((rule) => includesRule(rule, granted));
}
