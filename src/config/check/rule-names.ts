import { KNOWN_TOOLS } from '../../permissions/known-tools.ts';
import { concernsTool, getPatternKind, parseRule, type Rule } from '../../permissions/rule.ts';
import { findNearest } from '../../util/nearest.ts';
import type { Finding } from '../fields/problems.ts';
import type { ParsedConfig } from '../schema/schema.ts';

export interface RuleFindings {
  errors: Finding[];
  warnings: Finding[];
}

const ANYWHERE = { files: '/', commands: '/' };

/**
 * Finds rules and approvers that name nothing that exists, such as `shel`, `mcp__githb__*` or `delegate(missing)`. A
 * rule that never applies looks like a protection. Beside `"*": "allow"` it is an error, because the call it was
 * meant for is allowed; elsewhere it is a warning.
 */
export function checkRuleNames(parsed: ParsedConfig): RuleFindings {
  const found: RuleFindings = { errors: [], warnings: [] };
  for (const [name, { tools, approvals }] of Object.entries(parsed.agents)) {
    const isOpen = tools['*'] === 'allow';
    for (const text of Object.keys(tools)) {
      const problem = ruleProblem(text, parsed);
      const findings = isOpen ? found.errors : found.warnings;
      if (problem) findings.push({ path: ['agents', name, 'tools', text], at: 'key', ...problem });
    }
    found.warnings.push(...unknownApprovers(name, approvals.approvers ?? [], parsed));
  }
  return found;
}

function ruleProblem(text: string, parsed: ParsedConfig): Pick<Finding, 'message' | 'hint'> | undefined {
  const rule = parseRule(text, ANYWHERE);
  if (typeof rule === 'string' || text === '*') return undefined;
  if (!namesTool(rule, Object.keys(parsed.tools.mcp))) return unknownTool(rule, parsed);
  const pattern = getPatternKind(rule.tool);
  if (pattern?.kind !== 'agent' || !rule.pattern) return undefined;
  const agents = Object.keys(parsed.agents);
  if (agents.some((agent) => rule.pattern?.mayMatch({ [pattern.argument]: agent }))) return undefined;
  const name = text.slice(rule.tool.length + 1, -1);
  return missingNameProblem('agent', name, findNearest(name, agents), `the agents are ${agents.join(', ')}`);
}

function namesTool(rule: Rule, servers: readonly string[]): boolean {
  if (KNOWN_TOOLS.names.some((tool) => concernsTool(rule, tool))) return true;
  const starts = servers.map((server) => `mcp__${server}__`);
  return starts.some((start) => rule.tool.startsWith(start) || (rule.prefix && start.startsWith(rule.tool)));
}

function unknownTool(rule: Rule, { tools }: ParsedConfig): Pick<Finding, 'message' | 'hint'> {
  const [, server, rest = ''] = /^mcp__(.+?)(__.*)?$/.exec(rule.tool) ?? [];
  if (server === undefined) {
    const meant = findNearest(rule.tool, KNOWN_TOOLS.names);
    return missingNameProblem(
      'tool',
      rule.tool,
      meant,
      `the tools are ${KNOWN_TOOLS.names.join(', ')}, and mcp__<server>__<tool>`,
    );
  }
  const servers = Object.keys(tools.mcp);
  const meant = findNearest(server, servers);
  const hint = servers.length > 0 ? `the MCP servers are ${servers.join(', ')}` : 'there is no MCP server';
  return missingNameProblem(
    'MCP server',
    server,
    meant && `mcp__${meant}${rest}${rule.prefix ? '*' : ''}`,
    hint,
  );
}

/**
 * Finds approvers without a token of their own. When `auth.people` or `auth.clients` has any names, an approver
 * without one can decide only through the operator.
 */
function unknownApprovers(agent: string, approvers: readonly string[], { auth }: ParsedConfig): Finding[] {
  const people = [...Object.keys(auth.people), ...Object.keys(auth.clients)];
  if (people.length === 0) return [];
  return approvers.flatMap((name, index): Finding[] => {
    if (people.includes(name)) return [];
    const path = ['agents', agent, 'approvals', 'approvers', index];
    const about = missingNameProblem(
      'approver',
      name,
      findNearest(name, people),
      `"auth" has ${people.join(', ')}`,
    );
    return [{ path, at: 'value', ...about }];
  });
}

function missingNameProblem(what: string, name: string, meant: string | undefined, otherwise: string) {
  const hint = meant === undefined ? otherwise : `did you mean "${meant}"?`;
  return { message: `names no existing ${what}: "${name}"`, hint };
}
