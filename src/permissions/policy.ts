import type { Places } from './patterns/kind.ts';
import type { ToolPolicy } from './rule.ts';
import { concerns, includes, kindOf, parseRule, type Rule } from './rule.ts';

/** What a policy says to a call. */
export interface Permission {
  verdict: 'allow' | 'ask' | 'deny';
  /** What decided, in the words of the policy; for `ask`, what an approval for more than this call would allow. */
  rule: string;
  /** Whether somebody who has approved `granted` for good has approved this call. */
  grantedBy(granted: string): boolean;
  /** Whether an approval that was given under this rule is for what the call would do now. */
  holds(rule: string): boolean;
}

export interface Policy {
  permission(tool: string, input: unknown): Permission;
  /** Whether there are arguments with which the tool may be used, if only after asking. */
  mayUse(tool: string): boolean;
}

interface PolicyRule extends Rule {
  verdict: Permission['verdict'];
}

/**
 * Which rule decides about a call:
 *   1. Of the rules that certainly mean the call, those go that are more general than another one of them.
 *   2. To the rest come the `ask` and `deny` rules that may mean it, unless a rule names exactly this line.
 *   3. Of all these, deny beats ask beats allow; without any, the call is denied.
 * So doubt never opens anything, and the order in the file does not matter.
 */
export function createPolicy(policy: ToolPolicy, places: Places): Policy {
  const rules = Object.entries(policy).flatMap(([text, verdict]): PolicyRule[] => {
    const rule = parseRule(text, places);
    return typeof rule === 'string' ? [] : [{ ...rule, verdict }];
  });
  return {
    permission: (tool, input) => permission(rules, tool, input, places),
    mayUse: (tool) =>
      rules.some((rule) => concerns(rule, tool) && rule.pattern && rule.verdict !== 'deny') ||
      strictest(withoutGeneral(rules.filter((rule) => concerns(rule, tool) && !rule.pattern))) !== 'deny',
  };
}

function permission(rules: readonly PolicyRule[], tool: string, input: unknown, places: Places): Permission {
  const about = rules.filter((rule) => concerns(rule, tool));
  const certain = withoutGeneral(about.filter((rule) => rule.pattern?.matches(input) ?? true));
  const isNamed = certain.some((rule) => rule.pattern?.line !== undefined);
  const doubtful = isNamed ? [] : about.filter((rule) => rule.verdict !== 'allow' && mayMean(rule, input));
  const deciding = [...certain, ...doubtful];
  const verdict = strictest(deciding);
  const [first, ...more] = deciding.filter((rule) => rule.verdict === verdict);
  const decided = first?.pattern ? first.text : tool;
  if (verdict !== 'ask') return { verdict, rule: decided, grantedBy: () => false, holds: () => false };
  const narrow = narrowRule(tool, input, places);
  if (narrow === undefined) return unusable(tool);
  const isDirect = kindOf(tool)?.isDirect?.(input, places);
  const isCertain = first?.pattern && more.length === 0 && certain.includes(first) && isDirect !== false;
  const asked = isCertain ? decided : narrow;
  const asking = first ? [first, ...more] : more;
  return {
    verdict,
    rule: asked,
    holds: (text) => isDirect === undefined || text === narrow || text === asked,
    grantedBy: (text) => text === narrow || grants(text, asking, tool, input, places),
  };
}

/** A rule that certainly means the call is not in doubt, even when another one went before it. */
function mayMean({ pattern }: Rule, input: unknown): boolean {
  return pattern !== null && !pattern.matches(input) && pattern.could(input);
}

function withoutGeneral(rules: readonly PolicyRule[]): PolicyRule[] {
  return rules.filter((rule) => !rules.some((other) => includes(rule, other) && !includes(other, rule)));
}

function strictest(rules: readonly PolicyRule[]): Permission['verdict'] {
  const says = (verdict: Permission['verdict']) => rules.some((rule) => rule.verdict === verdict);
  return says('deny') || rules.length === 0 ? 'deny' : says('ask') ? 'ask' : 'allow';
}

/** The rule that means this call and as little else as can be said: the whole tool where it takes no pattern. */
function narrowRule(tool: string, input: unknown, places: Places): string | undefined {
  const kind = kindOf(tool);
  if (!kind) return tool;
  const pattern = kind.narrow(input, places);
  return pattern === undefined ? undefined : `${tool}(${pattern})`;
}

/** Nobody can be asked about a call that does not say what it wants. */
function unusable(tool: string): Permission {
  const rule = `${tool} without a usable "${kindOf(tool)?.argument}"`;
  return { verdict: 'deny', rule, grantedBy: () => false, holds: () => false };
}

/** What was granted must mean the call, and nothing that any of the asking rules does not ask about. */
function grants(
  text: string,
  asking: readonly Rule[],
  tool: string,
  input: unknown,
  places: Places,
): boolean {
  if (!text.startsWith(tool)) return false;
  const granted = parseRule(text, places);
  if (typeof granted === 'string' || !concerns(granted, tool)) return false;
  if (granted.pattern && !granted.pattern.matches(input)) return false;
  return asking.every((rule) => includes(rule, granted));
}
