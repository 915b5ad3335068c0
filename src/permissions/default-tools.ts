import { KNOWN_TOOLS } from './known-tools.ts';
import { concernsTool, parseRule, type ToolPolicy } from './rule.ts';

/**
 * The default rules of an agent: reading, and tools that affect only its own sessions, are allowed. Tools that
 * write, run commands or reach the network ask an approver, tools of MCP servers included.
 */
export const DEFAULT_TOOLS: Readonly<ToolPolicy> = {
  '*': 'ask',
  ...Object.fromEntries(
    [...KNOWN_TOOLS.access]
      .filter(([, access]) => access === 'allow')
      .map(([tool]) => [tool, 'allow' as const]),
  ),
};

/**
 * Completes a record of rules. Without a rule `*` it extends the defaults; a default is dropped when a rule for the
 * whole tool covers it. Example: `read*: deny` also denies `read_file`.
 */
export function withDefaultTools(rules: ToolPolicy): ToolPolicy {
  if (Object.hasOwn(rules, '*')) return rules;
  const whole = Object.keys(rules).flatMap((text) => {
    const rule = parseRule(text, { files: '/', commands: '/' });
    return typeof rule === 'string' || rule.pattern ? [] : [rule];
  });
  const kept = Object.entries(DEFAULT_TOOLS).filter(
    ([tool]) => !whole.some((rule) => concernsTool(rule, tool)),
  );
  return { ...Object.fromEntries(kept), ...rules };
}
