import { expect, it } from 'vitest';
import { allows } from './agents.ts';

it('the name itself counts more than a beginning, and the longer beginning more than the shorter', () => {
  const policy = {
    '*': 'deny',
    'mcp__*': 'allow',
    'mcp__git__*': 'deny',
    mcp__git__status: 'allow',
  } as const;
  const verdicts = ['shell', 'mcp__web__get', 'mcp__git__push', 'mcp__git__status'].map((tool) =>
    allows(policy, tool),
  );
  expect(verdicts).toEqual([false, true, false, true]);
});

it('nothing is allowed that nothing names', () => {
  expect(allows({}, 'shell')).toBe(false);
});
