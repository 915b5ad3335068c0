import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAgentPermissions } from './agent.ts';
import type { RuleDecision } from './decision.ts';
import { inheritPermissions } from './inherit.ts';
import type { RuleVerdict, ToolPolicy } from './rule.ts';

const PLACES = { files: '/', commands: '/' };
const RANK: Record<RuleVerdict, number> = { deny: 0, ask: 1, allow: 2 };

function agentWith(
  tools: ToolPolicy,
  more: { delegatedRules?: 'own'; skills?: string; timeout?: number } = {},
) {
  const { delegatedRules = 'both', timeout = 60_000, ...rest } = more;
  return createAgentPermissions({ tools, approvals: { timeout }, delegatedRules, ...rest }, PLACES);
}

const CALLS = [
  ['shell', { command: 'git push' }],
  ['shell', { command: 'ls; rm x' }],
  ['write_file', { path: '/notes/a' }],
  ['delegate', { agent: 'helper', task: 'x' }],
] as const;

const rule = fc.constantFrom(
  '*',
  'shell',
  'shell(git *)',
  'shell(rm *)',
  'write_file(/notes/**)',
  'delegate',
);
const verdict = fc.constantFrom<RuleVerdict>('allow', 'ask', 'deny');
const policy = fc.dictionary(rule, verdict, { noNullPrototype: true });

describe('the permissions of delegated work', () => {
  it('[H1] are never wider than those of any agent above, in any chain', () => {
    fc.assert(
      fc.property(policy, fc.array(policy, { minLength: 1, maxLength: 4 }), (own, above) => {
        const agents = above.map((tools, index) => ({ name: `a${index}`, permissions: agentWith(tools) }));
        const inherited = inheritPermissions(agentWith(own), agents);
        for (const [tool, input] of CALLS) {
          const rank = (decision: RuleDecision) => RANK[decision.verdict];
          const limits = [agentWith(own), ...agents.map(({ permissions }) => permissions)];
          const strictest = Math.min(...limits.map((each) => rank(each.decideOnCall(tool, input))));
          expect(rank(inherited.decideOnCall(tool, input))).toBe(strictest);
          expect(inherited.mayUse(tool)).toBe(limits.every((each) => each.mayUse(tool)));
        }
      }),
    );
  });

  it('[H1] need a grant that satisfies every agent that asks, within the shortest time', () => {
    const own = agentWith({ shell: 'ask' }, { timeout: 9_000 });
    const above = {
      name: 'main',
      permissions: agentWith({ 'shell(git *)': 'ask', '*': 'deny' }, { timeout: 5 }),
    };
    const decision = inheritPermissions(own, [above]).decideOnCall('shell', { command: 'git push' });
    if (decision.verdict !== 'ask') throw new Error(decision.verdict);
    expect(decision.patience).toBe(5);
    expect(decision.isGrantedBy('shell(git push*)')).toBe(true);
    expect(decision.isGrantedBy('shell')).toBe(false);
  });

  it('[H1] end at an agent with its own rules, and are none below an agent that is gone', () => {
    const free = agentWith({ shell: 'allow' }, { delegatedRules: 'own' });
    const bound = agentWith({ shell: 'allow' });
    const strict = { name: 'main', permissions: agentWith({ '*': 'deny' }) };
    const call = ['shell', { command: 'ls' }] as const;
    expect(inheritPermissions(free, [strict]).decideOnCall(...call)).toEqual({ verdict: 'allow' });
    expect(inheritPermissions(bound, [strict]).decideOnCall(...call)).toEqual({
      verdict: 'deny',
      rule: 'shell, by the rules of the agent "main", which gave the task',
    });
    const between = { name: 'between', permissions: free };
    expect(inheritPermissions(bound, [between, strict]).decideOnCall(...call).verdict).toBe('allow');
    const gone = { name: 'gone', permissions: undefined };
    expect(inheritPermissions(bound, [gone]).mayUse('shell')).toBe(false);
    expect(inheritPermissions(bound, [gone]).decideOnCall(...call).verdict).toBe('deny');
  });

  it('leave an agent its own skills and stored outputs', () => {
    const own = agentWith({ shell: 'allow' }, { skills: '/skills' });
    const above = { name: 'main', permissions: agentWith({ '*': 'deny' }) };
    const inherited = inheritPermissions(own, [above]);
    expect(['read_skill', 'read_output', 'shell'].map(inherited.mayUse)).toEqual([true, true, false]);
  });
});
