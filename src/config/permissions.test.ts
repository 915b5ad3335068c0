import { expect, it } from 'vitest';
import { permission } from './permissions.ts';

it('the name itself counts more than a beginning, and the longer beginning more than the shorter', () => {
  const policy = {
    '*': 'deny',
    'mcp__*': 'allow',
    'mcp__git__*': 'deny',
    mcp__git__status: 'allow',
  } as const;
  const verdicts = ['shell', 'mcp__web__get', 'mcp__git__push', 'mcp__git__status'].map(
    (tool) => permission(policy, tool).verdict,
  );
  expect(verdicts).toEqual(['deny', 'allow', 'deny', 'allow']);
});

it('nothing is allowed that nothing names', () => {
  expect(permission({}, 'shell').verdict).toBe('deny');
});
