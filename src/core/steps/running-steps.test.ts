import { expect, it } from 'vitest';
import { listRunningSteps, runningModelCall, runningToolCall } from './running-steps.ts';

it('compares running steps by value, and tells a model call from a tool call of the same number', () => {
  const running = listRunningSteps([runningModelCall(1)]);
  expect(running.has(runningModelCall(1))).toBe(true);
  expect(running.has(runningModelCall(2))).toBe(false);
  expect(running.has(runningToolCall('1'))).toBe(false);
});

it('takes a tool call whose id begins like an old name of a model call for a tool call', () => {
  const running = listRunningSteps([runningToolCall('m1')]);
  expect(running.list()).toEqual([{ step: { kind: 'tool_call', call: 'm1' }, value: null }]);
  running.delete(runningModelCall(1));
  expect(running.size).toBe(1);
  running.delete(runningToolCall('m1'));
  expect(running.size).toBe(0);
});
