import { describe, expect, it } from 'vitest';
import {
  approvalRequested,
  approvalResolved,
  callOf,
  cancelInput,
  created,
  modelCalls,
  modelStarted,
  steerInput,
  toolCrashed,
  toolRefused,
  toolStarted,
  turnStarted,
} from '../../../test/support/events.ts';
import { givenState } from '../../../test/support/given.ts';
import type { Command } from '../model/command.ts';
import type { SessionEvent } from '../model/events.ts';
import type { CallVerdict, NextAction } from '../model/next-action.ts';
import { runningToolCall } from '../steps/running-steps.ts';
import { deriveApprovalRecord } from './records.ts';

const due = [
  created,
  steerInput('a'),
  turnStarted(1, 'a'),
  modelStarted(1),
  modelCalls(1, callOf('send', { to: 'ann' })),
];
const two = [...due.slice(0, -1), modelCalls(1, callOf('send'), callOf('look'))];
const waiting = [...due, approvalRequested('1.1')];

const ASK: CallVerdict = {
  run: true,
  effect: 'write',
  resumable: false,
  ask: { rule: 'send(ann)', patience: 5_000 },
};
const asking = { tool: () => ASK };

type Decision = Extract<Extract<Command, { type: 'receive' }>['input'], { kind: 'approval' }>;

function decides(
  decision: 'approve' | 'deny',
  more: Partial<Decision> = {},
): Extract<Command, { type: 'receive' }> {
  const input: Decision = { kind: 'approval', id: 'd', approval: 'question 1.1', decision, ...more };
  return { type: 'receive', agent: 'main', input };
}

function kinds(steps: NextAction[]): string[] {
  return steps.map(({ kind }) => kind);
}

describe('a call that needs an approval', () => {
  it('[G1] is asked about before it starts, with an id that can be typed', () => {
    const session = givenState(...due);
    const ask = { kind: 'ask_approval', call: '1.1', rule: 'send(ann)', expiresAt: 1_005_000 } as const;
    expect(session.next(asking)).toEqual([ask]);
    const around = { key: () => '-aB_3-56789012345678' };
    expect(session.when({ type: 'begin', step: ask }, around)).toEqual([
      {
        type: 'approval_requested',
        approval: 'aB3567890123',
        call: '1.1',
        rule: 'send(ann)',
        expiresAt: 1_005_000,
      },
    ]);
  });

  it('[G1] waits for a decision across restarts of the process', () => {
    expect(givenState(...waiting).next(asking)).toEqual([{ kind: 'wait', until: 2_000_000 }]);
  });

  it('[G1] starts when it is approved, and only once', () => {
    const events = givenState(...waiting).when(decides('approve', { from: 'ben', note: 'go' }));
    expect(events.slice(1)).toEqual([
      approvalResolved('1.1', 'approved', { from: 'ben', note: 'go', scope: 'once', rule: 'rule of 1.1' }),
    ]);
    const approved = givenState(...waiting, ...events);
    expect(kinds(approved.next(asking))).toEqual(['run_tool']);
    expect(approved.when(decides('approve')).map(({ type }) => type)).toEqual(['input_received']);
    const begun = givenState(...waiting, ...events, toolStarted('1.1', 'write'));
    expect(begun.next({ ...asking, running: [runningToolCall('1.1')] })).toEqual([]);
  });

  it('[G1] is refused when it is denied, with the words of the approver', () => {
    const events = givenState(...waiting).when(decides('deny', { from: 'ben', note: 'not now' }));
    expect(events.slice(1)).toEqual([approvalResolved('1.1', 'denied', { from: 'ben', note: 'not now' })]);
    expect(givenState(...waiting, ...events).next(asking)).toEqual([
      { kind: 'refuse_tool', call: '1.1', reason: 'rule of 1.1 was denied by ben: not now' },
    ]);
  });

  it('[G2] that was denied does not start, whatever is granted at the same moment', () => {
    const allowed: CallVerdict = { run: true, effect: 'write', resumable: false };
    const denied = givenState(...waiting, approvalResolved('1.1', 'denied'));
    expect(kinds(denied.next({ tool: () => allowed }))).toEqual(['refuse_tool']);
  });

  it('[G1] is refused when the question expires', () => {
    const late = { ...asking, now: 2_000_000 };
    const expire = { kind: 'expire_approval', call: '1.1', approval: 'question 1.1' } as const;
    expect(givenState(...waiting).next(late)).toEqual([expire]);
    const events = givenState(...waiting).when({ type: 'begin', step: expire }, late);
    expect(events).toEqual([approvalResolved('1.1', 'expired')]);
    expect(givenState(...waiting, ...events).next(late)).toEqual([
      { kind: 'refuse_tool', call: '1.1', reason: 'no approver approved rule of 1.1 in time' },
    ]);
  });

  it('[G2] is not affected by decisions about other calls', () => {
    const wrong = givenState(...waiting).when(decides('approve', { approval: 'another' }));
    expect(wrong.map(({ type }) => type)).toEqual(['input_received']);
    expect(
      givenState(created)
        .when(decides('approve'))
        .map(({ type }) => type),
    ).toEqual(['input_received']);
  });

  it('[G3] is superseded when it is no longer needed', () => {
    const cancelled = givenState(...waiting, cancelInput('x'));
    const [step] = cancelled.next(asking);
    expect(step).toMatchObject({ kind: 'refuse_tool' });
    expect(cancelled.advance([], asking).events.slice(0, 2)).toMatchObject([
      approvalResolved('1.1', 'superseded'),
      toolRefused('1.1', 'cancelled on request'),
    ]);
    const loosened = givenState(...waiting).advance([]);
    expect(loosened.events.map(({ type }) => type)).toEqual(['approval_resolved', 'tool_call_started']);
    expect(
      givenState(...waiting, approvalResolved('1.1', 'superseded')).state.turn?.tools[0]?.approval,
    ).toBeNull();
  });

  it('blocks no other call, and uses no parallel slot', () => {
    const limits = { modelAttempts: 3, crashAttempts: 3, parallelTools: 1 };
    const tool: (part: { toolName: string }) => CallVerdict = ({ toolName }) =>
      toolName === 'send' ? ASK : { run: true, effect: 'read', resumable: false };
    expect(kinds(givenState(...two, approvalRequested('1.1')).next({ tool, limits }))).toEqual([
      'wait',
      'run_tool',
    ]);
  });

  it('[E5] is not run when the policy is tightened while it waits, approved or not', () => {
    const approved = givenState(...waiting, approvalResolved('1.1', 'approved'));
    const denied = { tool: (): CallVerdict => ({ run: false, reason: 'not allowed' }) };
    expect(approved.next(denied)).toEqual([{ kind: 'refuse_tool', call: '1.1', reason: 'not allowed' }]);
  });
});

describe('a call that was interrupted and needs an approval now', () => {
  const READ: CallVerdict = {
    run: true,
    effect: 'read',
    resumable: false,
    ask: { rule: 'r', patience: 5_000 },
  };
  const interrupted = (resumable: boolean): SessionEvent[] => [
    ...due,
    toolStarted('1.1', 'read', { resumable }),
    toolCrashed('1.1'),
  ];

  it('[E5] is asked about before it is run again, as another question', () => {
    const session = givenState(...interrupted(false));
    const { events } = session.advance([], { tool: () => READ });
    expect(events).toMatchObject([{ type: 'approval_requested', approval: 'key of 1.11' }]);
  });

  it('has an unknown outcome when it is denied, because it did start', () => {
    const denied = givenState(
      ...interrupted(false),
      approvalRequested('1.1'),
      approvalResolved('1.1', 'denied'),
    );
    expect(denied.next({ tool: () => READ })).toMatchObject([{ kind: 'give_up_tool', call: '1.1' }]);
  });

  it('[G3] leaves no question behind when it is given up', () => {
    const ended = givenState(...interrupted(false), approvalRequested('1.1'), cancelInput('x')).advance([], {
      tool: () => READ,
    });
    expect(ended.events.slice(0, 2).map(({ type }) => type)).toEqual([
      'approval_resolved',
      'tool_call_outcome_unknown',
    ]);
  });

  it('resumes with its work, which was approved or needed no approval', () => {
    const RESUMABLE: CallVerdict = { ...READ, resumable: true };
    expect(kinds(givenState(...interrupted(true)).next({ tool: () => RESUMABLE }))).toEqual(['run_tool']);
  });
});

describe('an approval for more than this call', () => {
  it('records the rule that it covers', () => {
    for (const scope of ['session', 'always'] as const) {
      const events = givenState(...waiting).when(decides('approve', { scope }));
      expect(events.at(-1)).toMatchObject({ scope, rule: 'rule of 1.1' });
    }
  });
});

describe('the record of a question', () => {
  it('[G1] has requester, call, times and, later, the approver who decided', () => {
    const from = { ...steerInput('a') };
    const input = { ...from.input, from: 'ann' };
    const session = givenState(created, { ...from, input }, ...due.slice(2));
    const pending = {
      approval: 'key of 1.1',
      call: '1.1',
      tool: 'send',
      input: { to: 'ann' },
      rule: 'send(ann)',
      inquiry: null,
      content: null,
      requester: 'ann',
      state: 'pending',
      requestedAt: 1_000_000,
      expiresAt: 1_005_000,
      resolvedAt: null,
      from: null,
      note: null,
    };
    expect(session.advance([], asking).approvals).toEqual([pending]);
    const decided = givenState(...waiting).advance([decides('deny', { from: 'ben', note: 'no' })], asking);
    expect(decided.approvals).toMatchObject([
      {
        approval: 'question 1.1',
        requester: null,
        state: 'denied',
        resolvedAt: 1_000_000,
        from: 'ben',
        note: 'no',
      },
    ]);
    const silent = givenState(...waiting).advance([decides('approve')], asking);
    expect(silent.approvals).toMatchObject([{ state: 'approved', from: null, note: null }]);
  });
});

it('questions about unknown calls change nothing', () => {
  for (const session of [givenState(created), givenState(...due)]) {
    const after = givenState(
      created,
      ...(session.state.turn ? due.slice(1) : []),
      approvalRequested('9.9'),
      approvalResolved('9.9', 'approved'),
    );
    expect(after.state.turn?.tools ?? []).toEqual(session.state.turn?.tools ?? []);
  }
  expect(givenState(...due, approvalResolved('1.1', 'approved')).state.turn?.tools[0]?.approval).toBeNull();
  const { state } = givenState(...due);
  for (const event of [approvalResolved('1.1', 'approved'), approvalRequested('9.9')]) {
    expect(deriveApprovalRecord(state, state, { ...event, seq: 9, at: 9 })).toBeUndefined();
    expect(
      deriveApprovalRecord(givenState().state, givenState().state, { ...event, seq: 9, at: 9 }),
    ).toBeUndefined();
  }
});
