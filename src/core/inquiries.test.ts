import { describe, expect, it } from 'vitest';
import {
  approvalResolved,
  callOf,
  cancelInput,
  created,
  modelCalls,
  modelStarted,
  steerInput,
  toolStarted,
  turnStarted,
} from '../../test/support/events.ts';
import { type Given, givenState } from '../../test/support/given.ts';
import { inquiryOf } from '../../test/support/world-tools.ts';
import type { Command } from './model/command.ts';
import { MAX_ELICITATIONS } from './model/elicitation.ts';
import type { SessionEvent } from './model/events.ts';
import type { CallVerdict } from './model/next-action.ts';
import { getSessionStatus } from './model/state.ts';
import { runningToolCall } from './steps/running-steps.ts';

/** A running call with the effect `write`. */
const running = [
  created,
  steerInput('a'),
  turnStarted(1, 'a'),
  modelStarted(1),
  modelCalls(1, callOf('send')),
  toolStarted('1.1', 'write'),
];

function asks(count: number): Extract<Command, { type: 'end_tool_call' }> {
  const questions = Array.from({ length: count }, (_, index) => inquiryOf(`q${index + 1}`));
  return { type: 'end_tool_call', call: '1.1', result: { kind: 'asked', questions, resume: { state: 1 } } };
}

const live: Command = { type: 'ask', call: '1.1', inquiry: inquiryOf('live') };

function question(nth: number, key = `q${nth}`, call = '1.1'): SessionEvent {
  const approval = `key of ${call}q${nth}`;
  const asked = { call, rule: '', expiresAt: 1_060_000, inquiry: inquiryOf(key) };
  return { type: 'approval_requested', approval, ...asked };
}

function answered(nth: number, decision: 'approved' | 'denied' | 'expired' | 'superseded' = 'approved') {
  const content = decision === 'approved' ? { content: { n: nth } } : {};
  return { ...approvalResolved('1.1', decision), approval: `key of 1.1q${nth}`, ...content } as const;
}

const ended: SessionEvent = { type: 'tool_call_asked', call: '1.1', attempt: 1, resume: { state: 1 } };
const parked = [...running, ended, question(1), question(2)];

function decides(nth: number, decision: 'approve' | 'deny', more: object = {}): Command {
  const approval = `key of 1.1q${nth}`;
  return {
    type: 'receive',
    agent: 'main',
    input: { kind: 'approval', id: 'd', approval, decision, ...more },
  };
}

const allowed: CallVerdict = { run: true, effect: 'write', resumable: false };
const writes = { tool: () => allowed };

function kinds(session: Given, around: Parameters<Given['next']>[0] = {}): string[] {
  return session.next({ ...writes, ...around }).map(({ kind }) => kind);
}

describe('a call that ends with questions', () => {
  it('[G1] asks all of them at once, and parks its turn until they are decided', () => {
    expect(givenState(...running).when(asks(2))).toEqual([ended, question(1), question(2)]);
    const session = givenState(...parked);
    expect(session.next(writes)).toEqual([{ kind: 'wait', until: 1_060_000 }]);
    expect(getSessionStatus(session.state)).toBe('waiting');
    expect(kinds(givenState(...parked, answered(1)))).toEqual(['wait']);
    expect(getSessionStatus(givenState(...parked, answered(1), answered(2)).state)).toBe('running');
  });

  it('[G1] is listed with its question and its answer', () => {
    const { approvals } = givenState(...running).advance([asks(1)], { running: [runningToolCall('1.1')] });
    expect(approvals).toEqual([
      expect.objectContaining({ approval: 'key of 1.1q1', state: 'pending', inquiry: inquiryOf('q1') }),
    ]);
    const content = { n: 5 };
    expect(givenState(...parked).advance([decides(2, 'approve', { content })]).approvals).toEqual([
      expect.objectContaining({ state: 'approved', inquiry: inquiryOf('q2'), content }),
    ]);
  });

  it('[H1] is relayed to the sessions that wait for this one, with its question', () => {
    const first = steerInput('a');
    const wanted = { ...first, input: { ...first.input, replyTo: { session: 'above', call: '9.1' } } };
    const session = givenState(created, wanted, ...running.slice(2));
    const { send } = session.advance([asks(1)], { running: [runningToolCall('1.1')] });
    expect(send).toMatchObject([
      {
        session: 'above',
        input: { kind: 'question', question: { session: 's', rule: '', inquiry: inquiryOf('q1') } },
      },
    ]);
  });

  it('[G1] [F2] is made again with the results, the state of the tool, and its key', () => {
    const session = givenState(...parked, { ...answered(2, 'denied'), from: 'ann' }, answered(1));
    const given1 = { key: 'q1', decision: 'approved', content: { n: 1 }, from: null, note: null };
    const given2 = { key: 'q2', decision: 'denied', content: null, from: 'ann', note: null };
    const answers = { resume: { state: 1 }, given: [given1, given2] };
    expect(session.next(writes)).toEqual([
      expect.objectContaining({ kind: 'run_tool', call: '1.1', attempt: 2, answers }),
    ]);
    const { events } = session.advance([], writes);
    expect(events).toEqual([expect.objectContaining({ type: 'tool_call_started', key: 'key of 1.1' })]);
  });

  it('[G1] may ask again: only the last questions count then', () => {
    const again = [...parked, answered(1), answered(2), toolStarted('1.1', 'write', { attempt: 2 })];
    const events = givenState(...again).when(asks(1));
    expect(events).toEqual([{ ...ended, attempt: 2 }, question(3, 'q1')]);
    const answers = {
      resume: { state: 1 },
      given: [expect.objectContaining({ key: 'q1', content: { n: 3 } })],
    };
    expect(givenState(...again, ...events, answered(3)).next(writes)).toEqual([
      expect.objectContaining({ kind: 'run_tool', attempt: 3, answers }),
    ]);
  });

  it('[F1] is a write only in the round with the results, whose outcome may be unknown', () => {
    const crashed: SessionEvent = { type: 'tool_call_interrupted', call: '1.1', attempt: 2, cause: 'crash' };
    const second = { ...toolStarted('1.1', 'write', { attempt: 2 }) };
    const lost = givenState(...parked, answered(1), answered(2), second, crashed);
    const { startedAt } = lost.state.turn?.tools[0] ?? {};
    expect(startedAt).toBeGreaterThan(givenState(...running).state.turn?.tools[0]?.startedAt ?? 0);
    expect(lost.next(writes)).toEqual([{ kind: 'give_up_tool', call: '1.1', startedAt }]);
    const idempotent = { tool: (): CallVerdict => ({ ...allowed, effect: 'idempotent' }) };
    const repeated = givenState(
      ...parked,
      answered(1),
      answered(2),
      { ...second, effect: 'idempotent' },
      crashed,
    );
    expect(repeated.next(idempotent)).toEqual([
      expect.objectContaining({
        kind: 'run_tool',
        attempt: 3,
        answers: expect.objectContaining({ given: [expect.anything(), expect.anything()] }),
      }),
    ]);
  });

  it('[G3] tells the tool which questions expired', () => {
    const session = givenState(...parked);
    expect(session.next({ ...writes, now: 1_060_000 })).toEqual([
      { kind: 'expire_approval', call: '1.1', approval: 'key of 1.1q1' },
    ]);
    const { events } = session.advance([], { ...writes, now: 1_060_000 });
    expect(events.map(({ type }) => type)).toEqual([
      'approval_resolved',
      'approval_resolved',
      'tool_call_started',
    ]);
  });

  it('is not made again when the policy forbids it by then, and the model reads that', () => {
    const session = givenState(...parked, answered(1), answered(2));
    const { state } = session.advance([], {
      tool: () => ({ run: false, reason: 'it is not allowed any more' }),
    });
    expect(state.history.at(-1)?.content[0]).toMatchObject({
      output: {
        value: expect.stringMatching(/^This call asked for input .* not made again .*: it is not allowed/),
      },
    });
  });

  it('[G2] needs an approval for its second round when the policy requires one by then', () => {
    const session = givenState(...parked, answered(1), answered(2));
    const around = { tool: (): CallVerdict => ({ ...allowed, ask: { rule: 'send', patience: 5 } }) };
    expect(kinds(session, around)).toEqual(['ask_approval']);
    const asked = { ...approvalResolved('1.1', 'denied'), approval: 'question 1.1' };
    const about: SessionEvent = {
      ...{ type: 'approval_requested', approval: 'question 1.1', call: '1.1' },
      ...{ rule: 'send', expiresAt: 1_005_000 },
    };
    expect(kinds(givenState(...parked, answered(1), answered(2), about, asked), around)).toEqual([
      'refuse_tool',
    ]);
  });

  it('is given up with its turn, and its questions with it', () => {
    const { events } = givenState(...parked, answered(1), cancelInput('c')).advance([], writes);
    expect(events.map(({ type }) => type)).toEqual([
      'approval_resolved',
      'tool_call_refused',
      'turn_finished',
    ]);
    expect(events[0]).toMatchObject({ approval: 'key of 1.1q2', decision: 'superseded' });
  });

  it('[K7] ends when it asks too many questions', () => {
    expect(givenState(...running).when(asks(MAX_ELICITATIONS))).toHaveLength(MAX_ELICITATIONS + 1);
    expect(givenState(...running).when(asks(MAX_ELICITATIONS + 1))).toEqual([
      expect.objectContaining({
        type: 'tool_call_finished',
        output: expect.objectContaining({ type: 'error-text' }),
      }),
    ]);
  });

  it('[G2] is answered for this call alone, whatever scope the client sends', () => {
    const events = givenState(...parked).when(decides(1, 'approve', { scope: 'always' }));
    expect(events.slice(1)).toEqual([
      { type: 'approval_resolved', approval: 'key of 1.1q1', call: '1.1', decision: 'approved', content: {} },
    ]);
  });
});

describe('a call that asks while it runs', () => {
  const waits = [...running, question(1, 'live')];
  const around = { ...writes, running: [runningToolCall('1.1')] };

  it('[G1] continues, and its turn is not parked', () => {
    expect(givenState(...running).when(live)).toEqual([question(1, 'live')]);
    const session = givenState(...waits);
    expect(session.next(around)).toEqual([{ kind: 'wait', until: 1_060_000 }]);
    expect(getSessionStatus(session.state)).toBe('running');
    expect(kinds(givenState(...waits, answered(1)), around)).toEqual([]);
  });

  it('[G2] is answered by the first decision; a closed question accepts none', () => {
    const first = givenState(...waits).when(decides(1, 'deny', { from: 'ann', note: 'no' }));
    expect(first.slice(1)).toEqual([
      expect.objectContaining({ decision: 'denied', from: 'ann', note: 'no' }),
    ]);
    expect(
      givenState(...waits, answered(1))
        .when(decides(1, 'approve'))
        .slice(1),
    ).toEqual([]);
  });

  it('[G3] is told when its question expires', () => {
    expect(kinds(givenState(...waits), { ...around, now: 1_060_000 })).toEqual(['expire_approval']);
  });

  it.each<[string, Command]>([
    ['its end', { type: 'end_tool_call', call: '1.1', result: { kind: 'interrupted' } }],
    [
      'its result',
      {
        type: 'end_tool_call',
        call: '1.1',
        result: { kind: 'finished', output: { type: 'text', value: '' } },
      },
    ],
    ['the end of its process', { type: 'begin', step: { kind: 'lose_tool_call', call: '1.1', attempt: 1 } }],
    ['a drain', { type: 'withdraw' }],
    ['its own wish', { type: 'withdraw', only: { call: '1.1', key: 'live' } }],
  ])('[G3] has no open question after %s', (_, command) => {
    expect(givenState(...waits).when(command)[0]).toMatchObject({
      decision: 'superseded',
      approval: 'key of 1.1q1',
    });
  });

  it('keeps its question when another one is withdrawn', () => {
    const other: Command = { type: 'withdraw', only: { call: '1.1', key: 'other' } };
    expect(givenState(...waits).when(other)).toEqual([]);
    expect(givenState(...waits).when({ type: 'withdraw', only: { call: '1.2', key: 'live' } })).toEqual([]);
    expect(givenState(created).when({ type: 'withdraw' })).toEqual([]);
  });

  it('[K7] may ask a limited number of questions, and only while it runs', () => {
    const many = Array.from({ length: MAX_ELICITATIONS }, (_, index) => question(index + 1, `q${index + 1}`));
    expect(givenState(...running, ...many).when(live)).toEqual([]);
    expect(givenState(...parked).when(live)).toEqual([]);
    expect(givenState(created).when(live)).toEqual([]);
  });

  it('keeps live questions apart from those that it ends with', () => {
    const later: SessionEvent = { ...ended, attempt: 1 };
    const session = givenState(...waits, answered(1), later, question(2, 'q1'), answered(2));
    expect(session.next(writes)).toEqual([
      expect.objectContaining({
        answers: { resume: { state: 1 }, given: [expect.objectContaining({ key: 'q1' })] },
      }),
    ]);
  });
});
