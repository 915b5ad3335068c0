import { concerns, parseRule } from './rule.ts';

type Rules = Record<string, 'allow' | 'ask' | 'deny'>;

/**
 * What an agent may do without being told: read, and use what touches nothing outside of its own sessions. Whatever
 * writes, runs commands or reaches the network asks, tools of MCP servers included.
 */
export const DEFAULT_TOOLS: Readonly<Rules> = {
  '*': 'ask',
  read_file: 'allow',
  list_files: 'allow',
  search_files: 'allow',
  delegate: 'allow',
  remind: 'allow',
  list_reminders: 'allow',
  cancel_reminder: 'allow',
  config: 'allow',
};

/**
 * A record of rules made complete. Without a rule `*` it stands on the defaults; a default gives way to every rule that
 * means the whole tool, so that `read*: deny` denies `read_file`.
 */
export function withDefaultTools(rules: Rules): Rules {
  if (Object.hasOwn(rules, '*')) return rules;
  const whole = Object.keys(rules).flatMap((text) => {
    const rule = parseRule(text, { files: '/', commands: '/' });
    return typeof rule === 'string' || rule.pattern ? [] : [rule];
  });
  const kept = Object.entries(DEFAULT_TOOLS).filter(([tool]) => !whole.some((rule) => concerns(rule, tool)));
  return { ...Object.fromEntries(kept), ...rules };
}
