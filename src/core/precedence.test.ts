import { describe, expect, it } from 'vitest';
import type { Command } from './model/command.ts';
import type { Input, SessionEvent } from './model/events.ts';
import { orderCommands, yieldsToInput } from './precedence.ts';

function received(input: Input): Command {
  return { type: 'receive', agent: 'main', input };
}

const decision = received({ kind: 'approval', id: 'd', approval: 'a', decision: 'approve' });
const cancel = received({ kind: 'cancel', id: 'c' });
const end: Command = { type: 'end_tool_call', call: '1.1', result: { kind: 'interrupted' } };

describe('inputs that compete with an end', () => {
  it.each<[SessionEvent, boolean]>([
    [{ type: 'approval_resolved', approval: 'a', call: '1.1', decision: 'expired' }, true],
    [{ type: 'approval_resolved', approval: 'a', call: '1.1', decision: 'superseded' }, true],
    [{ type: 'approval_resolved', approval: 'a', call: '1.1', decision: 'approved' }, false],
    [{ type: 'approval_resolved', approval: 'a', call: '1.1', decision: 'denied' }, false],
    [{ type: 'turn_finished', turn: 1, inputs: ['m'], outcome: 'answered' }, true],
    [{ type: 'input_closed', inputs: ['m'], outcome: 'expired', reason: 'late' }, true],
    [{ type: 'retry_scheduled', step: 1, until: 9 }, false],
  ])('[G1] [A7] are looked for before %j is recorded: %s', (event, yields) => {
    expect(yieldsToInput([{ type: 'retry_scheduled', step: 1, until: 9 }, event])).toBe(yields);
  });

  it('[G1] a decision is applied before the end of the call that asked, a cancel after it', () => {
    expect(orderCommands([end], [cancel, decision])).toEqual([decision, end, cancel]);
  });
});
