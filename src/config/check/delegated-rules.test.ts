import { describe, expect, it } from 'vitest';
import { checkSource } from '../../../test/support/config-check.ts';

const model = 'scripted/echo';
const warnings = (agents: object) =>
  checkSource({ agents }).warnings.map(({ path, message, hint }) => `${path}: ${message}; ${hint}`);
const main = { model, tools: { '*': 'allow', shell: 'ask' } };
const own = { model, tools: ['shell'], delegatedRules: 'own' };

describe('rules that delegation undoes', () => {
  it('are a warning that names both agents and the rule', () => {
    expect(warnings({ main, helper: own })).toEqual([
      'agents.main.tools: do not bind "helper", to which "main" may delegate: its rule "shell" is allow; deny "delegate(helper)", or set "agents.helper.delegatedRules" to "both"',
    ]);
  });

  it('are one also when the task is handed on', () => {
    const between = { model, tools: ['delegate(helper)'] };
    expect(warnings({ main: { ...main, tools: ['delegate(between)'] }, between, helper: own })).toHaveLength(
      2,
    );
  });

  it.each([
    [{ main, helper: { ...own, delegatedRules: 'both' } }],
    [{ main: { model, tools: { '*': 'allow', shell: 'ask', 'delegate(helper)': 'deny' } }, helper: own }],
    [{ main: { model, tools: { '*': 'allow' } }, helper: own }],
    [{ main, helper: { ...own, tools: ['read_file'] } }],
  ])('are none in %j', (agents) => expect(warnings(agents)).toEqual([]));
});
