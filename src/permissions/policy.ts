import type { AgentPermissions, RuleDecision } from './decision.ts';
import type { BasePaths } from './patterns/kind.ts';
import type { RuleVerdict, ToolPolicy } from './rule.ts';
import { concernsTool, getPatternKind, includesRule, parseRule, type Rule } from './rule.ts';

/** The rules of one agent, without what its skills and outputs imply. */
type ToolRules = Pick<AgentPermissions, 'mayUse' | 'decideOnCall'>;

interface PolicyRule extends Rule {
  verdict: RuleVerdict;
}

/**
 * Creates the policy of an agent. The rules that decide about a call are selected in three steps:
 *   1. Among the rules that definitely match, drop every rule that is more general than another match.
 *      Example: `shell(git status)` overrides `shell(git *)`, which overrides `shell` and `*`.
 *   2. Add the `ask` and `deny` rules that might match, unless a rule names exactly this line (`shell(=make)`).
 *      Example: `shell(rm *): deny` is added for `sh -c "$X"`, which could run `rm`.
 *   3. Among the remaining rules, `deny` overrides `ask`, and `ask` overrides `allow`. If none remains, deny the call.
 * Doubt therefore never allows a call, and the order of the rules in the file does not matter. A question about a call
 * waits `patience` milliseconds.
 */
export function createPolicy(policy: ToolPolicy, places: BasePaths, patience: number): ToolRules {
  const rules = Object.entries(policy).flatMap(([text, verdict]): PolicyRule[] => {
    const rule = parseRule(text, places);
    return typeof rule === 'string' ? [] : [{ ...rule, verdict }];
  });
  return {
    decideOnCall: (tool, input) => decideOnCall(rules, { tool, input, places, patience }),
    mayUse: (tool) =>
      rules.some((rule) => concernsTool(rule, tool) && rule.pattern && rule.verdict !== 'deny') ||
      strictestVerdict(dropMoreGeneral(rules.filter((rule) => concernsTool(rule, tool) && !rule.pattern))) !==
        'deny',
  };
}

interface PolicyCall {
  tool: string;
  input: unknown;
  places: BasePaths;
  patience: number;
}

function decideOnCall(rules: readonly PolicyRule[], call: PolicyCall): RuleDecision {
  const { tool, input } = call;
  const about = rules.filter((rule) => concernsTool(rule, tool));
  const certain = dropMoreGeneral(about.filter((rule) => rule.pattern?.matches(input) ?? true));
  const isNamed = certain.some((rule) => rule.pattern?.line !== undefined);
  const doubtful = isNamed ? [] : about.filter((rule) => rule.verdict !== 'allow' && mayMean(rule, input));
  const deciding = [...certain, ...doubtful];
  const verdict = strictestVerdict(deciding);
  if (verdict === 'allow') return { verdict };
  const decisive = deciding.filter((rule) => rule.verdict === verdict);
  if (verdict === 'ask') return demandApproval(decisive, certain, call);
  return { verdict, rule: decisive[0]?.pattern ? decisive[0].text : tool };
}

/**
 * Returns the demand for an approval. It asks for the rule that decided where that is certain and the only one, and
 * otherwise for the narrowest rule that matches the call.
 */
function demandApproval(
  asking: readonly PolicyRule[],
  certain: readonly PolicyRule[],
  { tool, input, places, patience }: PolicyCall,
): RuleDecision {
  const narrow = narrowRule(tool, input, places);
  if (narrow === undefined) return denyUnusable(tool);
  const [first, ...more] = asking;
  const isDirect = getPatternKind(tool)?.isDirect?.(input, places);
  const isCertain = first?.pattern && more.length === 0 && certain.includes(first) && isDirect !== false;
  const rule = isCertain ? first.text : narrow;
  return {
    verdict: 'ask',
    rule,
    patience,
    holds: (given) => isDirect === undefined || given === narrow || given === rule,
    isGrantedBy: (granted) => granted === narrow || grantCovers(granted, asking, tool, input, places),
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

function strictestVerdict(rules: readonly PolicyRule[]): RuleVerdict {
  const says = (verdict: RuleVerdict) => rules.some((rule) => rule.verdict === verdict);
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
function denyUnusable(tool: string): RuleDecision {
  return { verdict: 'deny', rule: `${tool} without a usable "${getPatternKind(tool)?.argument}"` };
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
