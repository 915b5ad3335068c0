import { describe, expect, it } from 'vitest';
import { checkSource, problemTexts } from '../../../test/support/config-check.ts';

const config = (tools: object | string[], more: object = {}) => ({
  agents: { main: { model: 'scripted/echo', tools }, helper: { model: 'scripted/echo' } },
  tools: { mcp: { github: { command: 'github-mcp' } } },
  ...more,
});
const warnings = (value: object) =>
  checkSource(value).warnings.map(({ path, message, hint }) => `${path}: ${message}; ${hint}`);

describe('a rule that names nothing that exists', () => {
  it.each([
    [{ shel: 'deny' }, 'agents.main.tools.shel: names no existing tool: "shel"; did you mean "shell"?'],
    [{ Shell: 'ask' }, 'agents.main.tools.Shell: names no existing tool: "Shell"; did you mean "shell"?'],
    [
      ['read_fil'],
      'agents.main.tools.read_fil: names no existing tool: "read_fil"; did you mean "read_file"?',
    ],
    [
      { 'mcp__githb__*': 'deny' },
      'agents.main.tools["mcp__githb__*"]: names no existing MCP server: "githb"; did you mean "mcp__github__*"?',
    ],
    [
      { 'delegate(nobody)': 'deny' },
      'agents.main.tools["delegate(nobody)"]: names no existing agent: "nobody"; the agents are main, helper',
    ],
    [
      { 'delegate(helpr)': 'ask' },
      'agents.main.tools["delegate(helpr)"]: names no existing agent: "helpr"; did you mean "helper"?',
    ],
  ])('is a warning with the nearest name: %j', (tools, warning) => {
    expect(warnings(config(tools))).toEqual([warning]);
  });

  it.each(['shel', 'Shell', 'mcp__githb__*', 'delegate(nobody)'])(
    'is an error beside "*": "allow": %s',
    (rule) => {
      const found = problemTexts(config({ '*': 'allow', [rule]: 'deny' }));
      expect(JSON.stringify(found)).toContain('names no existing');
      expect(warnings(config({ '*': 'ask', [rule]: 'deny' }))).toHaveLength(1);
    },
  );

  it('is one only if nothing fits', () => {
    const rules = [
      'mcp__*',
      'mcp__github__push',
      'mcp__github__*',
      'mcp__git*',
      'read*',
      'delegate(help*)',
      '*',
    ];
    const tools = Object.fromEntries(rules.map((rule) => [rule, 'ask']));
    expect(warnings(config(tools))).toEqual([]);
    expect(warnings({})).toEqual([]);
  });

  it('may be an approver: one without a token where there are tokens of people', () => {
    const agents = { main: { model: 'scripted/echo', approvals: { approvers: ['ann', 'bne'] } } };
    const people = { ann: 'the-token-of-ann-itself', ben: 'the-token-of-ben-itself' };
    expect(warnings({ agents, auth: { people } })).toEqual([
      'agents.main.approvals.approvers[1]: names no existing approver: "bne"; did you mean "ben"?',
    ]);
    expect(warnings({ agents })).toEqual([]);
  });
});
