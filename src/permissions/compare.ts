import type { Places } from './patterns/kind.ts';
import type { ToolPolicy } from './rule.ts';
import { concerns, includes, parseRule, type Rule } from './rule.ts';

type Verdict = ToolPolicy[string];

interface Judged extends Rule {
  verdict: Verdict;
}

const RANK: Record<Verdict, number> = { deny: 0, ask: 1, allow: 2 };

/** Rules are compared with each other only, so that it does not matter where relative paths start. */
const ANYWHERE: Places = { files: '/', commands: '/' };

/**
 * The last rule of `after` by which a call may be allowed, or only be asked about, that `before` judges more strictly;
 * `undefined` when no call is. Rules whose calls cannot be told apart for certain count as overlapping, so a finding may
 * be wrong and a missing one never is.
 *
 *   1. A rule of `before` limits a rule of `after` when it is stricter and both may mean the same call:
 *      `shell: deny` limits `*: allow`.
 *   2. The limit does not matter when it still stands: `after` has it too, and the rule is not more special than it.
 *   3. It does not matter either when `before` has a rule as generous as the one of `after`, for at least the same
 *      calls, that is more special than the limit: `shell(git *): allow` under `shell: deny`.
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

/** A policy of the configuration always has a rule `*`; without one, a call that no rule means is denied. */
function rulesOf(policy: ToolPolicy): Judged[] {
  const complete: ToolPolicy = { '*': 'deny', ...policy };
  return Object.entries(complete).flatMap(([text, verdict]): Judged[] => {
    const rule = parseRule(text, ANYWHERE);
    return typeof rule === 'string' ? [] : [{ ...rule, verdict }];
  });
}

/** A rule that means exactly one line lifts every doubt about it, so only a more general pattern could limit it. */
function isStillLimited(rule: Judged, limit: Judged, young: readonly Judged[]): boolean {
  if (rule.pattern?.line !== undefined) return false;
  return young.some(
    (other) =>
      RANK[other.verdict] <= RANK[limit.verdict] &&
      (other.text === limit.text || (!other.pattern && includes(other, limit))) &&
      !isMoreGeneral(other, rule),
  );
}

function wasExempt(rule: Judged, limit: Judged, old: readonly Judged[]): boolean {
  return old.some(
    (other) =>
      RANK[other.verdict] >= RANK[rule.verdict] && includes(other, rule) && isMoreGeneral(limit, other),
  );
}

function isMoreGeneral(general: Rule, special: Rule): boolean {
  return includes(general, special) && !includes(special, general);
}

function mayOverlap(a: Rule, b: Rule): boolean {
  const sameTool = a.prefix && b.prefix ? concerns(a, b.tool) || concerns(b, a.tool) : meets(a, b);
  if (!sameTool || !a.pattern || !b.pattern) return sameTool;
  const [line, other] = a.pattern.line === undefined ? [b.pattern, a.pattern] : [a.pattern, b.pattern];
  if (line.line === undefined) return true;
  return other.line === undefined ? other.could({ command: line.line }) : other.line === line.line;
}

function meets(a: Rule, b: Rule): boolean {
  return a.prefix ? concerns(a, b.tool) : concerns(b, a.tool);
}
