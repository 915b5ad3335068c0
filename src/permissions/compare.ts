import type { BasePaths } from './patterns/kind.ts';
import type { RuleVerdict, ToolPolicy } from './rule.ts';
import { concernsTool, includesRule, parseRule, type Rule } from './rule.ts';

interface Judged extends Rule {
  verdict: RuleVerdict;
}

const RANK: Record<RuleVerdict, number> = { deny: 0, ask: 1, allow: 2 };

/**
 * Base paths for comparing rules: rules are compared only with each other, so it does not matter where relative
 * paths start.
 */
const ANYWHERE: BasePaths = { files: '/', commands: '/' };

/**
 * Returns the last rule of `after` under which a call gets a more generous verdict than under `before`; `undefined`
 * when there is none. When two rules may overlap, they are treated as overlapping: the result may name a rule that
 * widens nothing, but a rule that widens something is never missed.
 *
 *   1. A rule of `before` limits a rule of `after` when it is stricter and both may match the same call.
 *      Example: `shell: deny` limits `*: allow`.
 *   2. The limit is still in force when `after` has it too and the rule is not more specific than it.
 *      Example: both have `shell: deny`, and `after` adds `*: allow`.
 *   3. The limit never applied when `before` has a rule that is at least as generous as the one of `after`, covers at
 *      least the same calls, and is more specific than the limit. Example: `shell(git *): allow` under `shell: deny`.
 */
export function wideningRule(before: ToolPolicy, after: ToolPolicy): string | undefined {
  const [old, young] = [rulesOf(before), rulesOf(after)];
  const widens = (rule: Judged) =>
    old.some(
      (limit) =>
        RANK[limit.verdict] < RANK[rule.verdict] &&
        mayOverlap(rule, limit) &&
        !isStillLimited(rule, limit, young) &&
        !wasExempt(rule, limit, old),
    );
  return young.findLast(widens)?.text;
}

/**
 * Parses the rules of a policy. A policy of the configuration always has a rule `*`; without one, a call that
 * matches no rule is denied.
 */
function rulesOf(policy: ToolPolicy): Judged[] {
  const complete: ToolPolicy = { '*': 'deny', ...policy };
  return Object.entries(complete).flatMap(([text, verdict]): Judged[] => {
    const rule = parseRule(text, ANYWHERE);
    return typeof rule === 'string' ? [] : [{ ...rule, verdict }];
  });
}

/**
 * Checks whether `young` keeps the limit for this rule. A rule that matches exactly one line resolves every doubt
 * about it, so only a more general pattern could limit it.
 */
function isStillLimited(rule: Judged, limit: Judged, young: readonly Judged[]): boolean {
  if (rule.pattern?.line) return false;
  return young.some(
    (other) =>
      RANK[other.verdict] <= RANK[limit.verdict] &&
      (other.text === limit.text || (!other.pattern && includesRule(other, limit))) &&
      !isMoreGeneral(other, rule),
  );
}

function wasExempt(rule: Judged, limit: Judged, old: readonly Judged[]): boolean {
  return old.some(
    (other) =>
      RANK[other.verdict] >= RANK[rule.verdict] && includesRule(other, rule) && isMoreGeneral(limit, other),
  );
}

function isMoreGeneral(general: Rule, special: Rule): boolean {
  return includesRule(general, special) && !includesRule(special, general);
}

function mayOverlap(a: Rule, b: Rule): boolean {
  const sameTool =
    a.prefix && b.prefix ? concernsTool(a, b.tool) || concernsTool(b, a.tool) : matchesTool(a, b);
  if (!sameTool || !a.pattern || !b.pattern) return sameTool;
  const [{ line }, other] = a.pattern.line ? [a.pattern, b.pattern] : [b.pattern, a.pattern];
  if (!line) return true;
  return other.line ? other.line.text === line.text : other.mayMatch(line.input);
}

function matchesTool(a: Rule, b: Rule): boolean {
  return a.prefix ? concernsTool(a, b.tool) : concernsTool(b, a.tool);
}
