import { describe, expect, it } from 'vitest';
import {
  approvalRequested,
  approvalResolved,
  callOf,
  cancelInput,
  created,
  modelCalls,
  modelStarted,
  queueInput,
  steerInput,
  toolDelegated,
  toolFinished,
  turnFinished,
  turnStarted,
} from '../../../test/support/events.ts';
import { givenState } from '../../../test/support/given.ts';
import type { Command } from '../model/command.ts';
import type { RelayedQuestion, SessionEvent } from '../model/events.ts';
import { createTextContent } from '../model/message.ts';
import { createInitialState } from '../model/state.ts';
import { runningModelCall } from '../steps/running-steps.ts';
import { relayOwnQuestion } from './questions.ts';

const PARENT = { session: 'parent', call: '3.1' };
const wanted: SessionEvent = {
  type: 'input_received',
  input: {
    kind: 'message',
    id: 'a',
    content: createTextContent('text of a'),
    mode: 'queue',
    replyTo: PARENT,
    depth: 1,
  },
};
const begun = [created, wanted, turnStarted(1, 'a'), modelStarted(1)];
/** Events of a session that works for another one and must ask about its own call. */
const asking = [...begun, modelCalls(1, callOf('send', { to: 'ann' })), approvalRequested('1.1')];
/** Events of a session that works for another one and has delegated its own call. */
const between = [...begun, modelCalls(1, callOf('delegate')), toolDelegated('1.1')];

const OPEN: RelayedQuestion = {
  approval: 'q',
  session: 's/call-1.1',
  tool: 'send',
  input: { to: 'ann' },
  rule: 'send(ann)',
  expiresAt: 2_000_000,
  state: 'pending',
  from: null,
  note: null,
};
const ENDED: RelayedQuestion = { ...OPEN, state: 'denied', from: 'ben', note: 'not now' };

function hears(question: RelayedQuestion, call = '1.1'): Extract<SessionEvent, { type: 'input_received' }> {
  return { type: 'input_received', input: { kind: 'question', id: question.state, call, question } };
}

function receive({ input }: ReturnType<typeof hears>): Command {
  return { type: 'receive', agent: 'main', input };
}

function told(question: RelayedQuestion, to = PARENT) {
  const id = `midturn:question-${question.approval}-${question.state}`;
  return {
    session: to.session,
    agent: null,
    input: { kind: 'question', id, call: to.call, question },
  };
}

describe('a question of a session that works for another one', () => {
  const mine = {
    approval: 'question 1.1',
    session: 's',
    tool: 'send',
    input: { to: 'ann' },
    rule: 'send(ann)',
    expiresAt: 1_005_000,
  };

  it('[G1] is relayed to that session when it is asked', () => {
    const ask = { rule: 'send(ann)', patience: 5_000 };
    const { send } = givenState(...asking.slice(0, -1)).advance([], {
      tool: () => ({ run: true, effect: 'write', resumable: false, ask }),
      key: () => 'question 1.1',
    });
    const approval = 'question 1.1'.slice(0, 12);
    expect(send).toEqual([told({ ...mine, approval, state: 'pending', from: null, note: null })]);
  });

  it('[G3] is relayed to that session when it ends, however it ends', () => {
    const about = { ...mine, rule: 'rule of 1.1', expiresAt: 2_000_000 };
    const decision = { kind: 'approval', id: 'd', approval: 'question 1.1' } as const;
    const denied = givenState(...asking).advance([
      { type: 'receive', agent: 'main', input: { ...decision, decision: 'deny', from: 'ben', note: 'no' } },
    ]);
    expect(denied.send[0]).toEqual(told({ ...about, state: 'denied', from: 'ben', note: 'no' }));
    const dropped = givenState(...asking, cancelInput('x')).advance([]);
    expect(dropped.send[0]).toEqual(told({ ...about, state: 'superseded', from: null, note: null }));
  });

  it('is not relayed when no session waits for the asking one', () => {
    const alone = [created, steerInput('a'), turnStarted(1, 'a'), modelStarted(1), ...asking.slice(4)];
    expect(givenState(...alone, cancelInput('x')).advance([]).send).toEqual([]);
    const { approvals } = givenState(...asking, cancelInput('x')).advance([]);
    for (const row of approvals) expect(relayOwnQuestion(createInitialState(), row, 's')).toEqual([]);
  });
});

describe('a session that receives a relayed question', () => {
  it('[G1] passes the question and its decision on to the session that waits for it', () => {
    const heard = givenState(...between).advance([receive(hears(OPEN))]);
    expect(heard.events).toMatchObject([{ type: 'input_received' }]);
    expect(heard.send).toEqual([told(OPEN)]);
    expect(heard.state.questions).toEqual([{ approval: 'q', call: '1.1', above: [PARENT] }]);
    const ended = givenState(...between, hears(OPEN)).advance([receive(hears(ENDED))]);
    expect(ended.send).toEqual([told(ENDED)]);
    expect(ended.state.questions).toEqual([]);
  });

  it('[G3] passes the decision on although its own turn is over', () => {
    const over = givenState(...between, hears(OPEN), turnFinished(1, ['a'], 'cancelled'));
    expect(over.advance([receive(hears(ENDED))]).send).toEqual([told(ENDED)]);
    expect(givenState(...between, hears(OPEN), queueInput('b')).state.questions).toHaveLength(1);
  });

  it('keeps waiting, and relays nothing when no session waits for it', () => {
    const top = [created, steerInput('a'), turnStarted(1, 'a'), ...between.slice(3)];
    const { send, state, perform } = givenState(...top).advance([receive(hears(OPEN))]);
    expect({ send, perform }).toEqual({ send: [], perform: [] });
    expect(state.questions).toEqual([{ approval: 'q', call: '1.1', above: [] }]);
    expect(givenState(...top).advance([receive(hears(ENDED))]).send).toEqual([]);
  });

  it.each([
    ['of a call that is settled', [...between, toolFinished('1.1', 'found it')]],
    ['of a call that was never delegated', [...begun, modelCalls(1, callOf('send'), callOf('look'))]],
    ['when its turn is over', [...between, turnFinished(1, ['a'], 'failed')]],
  ])('keeps nothing of one %s', (_, events) => {
    const { state, send } = givenState(...events).advance([receive(hears(OPEN))], {
      running: [runningModelCall(2)],
    });
    expect(state.questions).toEqual([]);
    expect(send.filter(({ input }) => input.kind === 'question')).toEqual([]);
  });

  it('stays quarantined when it receives one', () => {
    const set: SessionEvent = { type: 'session_quarantined', reason: 'poison' };
    const events = givenState(...between, turnFinished(1, ['a'], 'failed'), set).when(receive(hears(ENDED)));
    expect(events.map(({ type }) => type)).toEqual(['input_received']);
  });

  it('keeps several questions apart', () => {
    const other = { ...OPEN, approval: 'r' };
    const { questions } = givenState(...between, hears(OPEN), hears(other), hears(ENDED)).state;
    expect(questions.map(({ approval }) => approval)).toEqual(['r']);
    expect(givenState(...asking, approvalResolved('1.1', 'approved')).state.questions).toEqual([]);
  });
});
