import { describe, expect, it } from 'vitest';
import {
  approvalRequested,
  callOf,
  cancelInput,
  created,
  modelAnswered,
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
import type { Outcome, SessionEvent } from '../model/events.ts';
import { createTextContent } from '../model/message.ts';
import type { CallVerdict } from '../model/next-action.ts';
import { runningModelCall } from '../steps/running-steps.ts';
import { createChildId, deriveOutgoingInputs, parseChildId } from './outgoing.ts';

const running = [created, steerInput('a'), turnStarted(1, 'a'), modelStarted(1)];
const due = [...running, modelCalls(1, callOf('delegate'), callOf('delegate'))];
const GIVE: CallVerdict = {
  run: true,
  effect: 'write',
  resumable: false,
  delegate: { agent: 'helper', text: 'find it' },
};
const giving = { tool: () => GIVE };

function reports(call: string, outcome: Outcome | 'unknown', text: string): Command {
  return {
    type: 'receive',
    agent: 'main',
    input: { kind: 'result', id: 'r', call, outcome, content: createTextContent(text) },
  };
}

function types(events: readonly SessionEvent[]): string[] {
  return events.map(({ type }) => type);
}

describe('work that is delegated to another session', () => {
  it('[H1] is sent with the event of its start, one call at a time', () => {
    const { events, send, perform } = givenState(...due).advance([], giving);
    expect(events).toMatchObject([
      { type: 'tool_call_started', call: '1.1', child: 's/call-1.1' },
      { type: 'tool_call_started', call: '1.2', child: 's/call-1.2' },
    ]);
    expect(send).toEqual(
      ['1.1', '1.2'].map((call) => ({
        session: `s/call-${call}`,
        agent: 'helper',
        input: {
          kind: 'message',
          id: `key of ${call}`,
          content: createTextContent('find it'),
          mode: 'queue',
          from: 'main',
          replyTo: { session: 's', call },
          depth: 1,
          origin: {},
        },
      })),
    );
    expect(perform).toEqual([]);
  });

  it('counts against the delegations of the turn, one at a time', () => {
    const one = {
      tool: (_: unknown, { turn }: { turn: { children: number } | null }): CallVerdict =>
        (turn?.children ?? 0) < 1 ? GIVE : { run: false, reason: 'enough' },
    };
    expect(types(givenState(...due).advance([], one).events)).toEqual([
      'tool_call_started',
      'tool_call_refused',
    ]);
  });

  it('[H1] continues when this process dies', () => {
    const parked = givenState(...due, toolDelegated('1.1'), toolDelegated('1.2'));
    expect(parked.next(giving)).toEqual([]);
    expect(parked.advance([], giving)).toMatchObject({ events: [], wakeAt: null });
  });

  it('uses no parallel slot of this session', () => {
    const limits = { modelAttempts: 3, crashAttempts: 3, parallelTools: 1 };
    const session = givenState(...due, toolDelegated('1.1'));
    expect(session.next({ limits })).toMatchObject([{ kind: 'run_tool', call: '1.2' }]);
  });

  it.each([
    ['answered', 'found it', { type: 'text', value: 'found it' }],
    [
      'failed',
      'no model',
      { type: 'error-text', value: 'The session "s/call-1.1" ended as failed: no model.' },
    ],
    ['cancelled', '', { type: 'error-text', value: 'The session "s/call-1.1" ended as cancelled.' }],
  ] as const)('[H1] comes back as the result of the call: %s', (outcome, text, output) => {
    const events = givenState(...due, toolDelegated('1.1')).when(reports('1.1', outcome, text));
    expect(events.slice(1)).toEqual([{ type: 'tool_call_finished', call: '1.1', output }]);
  });

  it('[H1] is given up when the working session is quarantined, and says so', () => {
    const reason = 'its journal cannot be read (event 2 is missing)';
    const session = givenState(...due, toolDelegated('1.1'));
    const events = session.when(reports('1.1', 'unknown', reason));
    expect(events.slice(1)).toEqual([
      { type: 'tool_call_outcome_unknown', call: '1.1', startedAt: 6_000, reason },
    ]);
    const after = givenState(...due, toolDelegated('1.1'), ...events);
    expect(after.state.turn?.tools[0]?.output).toEqual({
      type: 'error-text',
      value:
        'The outcome of this call is unknown: the session "s/call-1.1" is quarantined because its journal cannot be read (event 2 is missing). It may have done part or all of the work, and it is not started again. Check before you repeat it.',
    });
    expect(after.state.turn?.news.unknown).toEqual(['delegate (1.1)']);
    expect(types(after.when(reports('1.1', 'answered', 'late')))).toEqual(['input_received']);
  });

  it.each([
    ['s/call-1.1', { session: 's', call: '1.1' }],
    ['a/b/call-1.2/call-10.3', { session: 'a/b/call-1.2', call: '10.3' }],
    ['s/call-1', undefined],
    ['/call-1.1', undefined],
    ['s/call-1.1/x', undefined],
  ])('the name of a session tells whose work it does: %s', (name, parent) => {
    expect(parseChildId(name)).toEqual(parent);
    if (parent) expect(createChildId(parent.session, parent.call)).toBe(name);
  });

  it('[H1] returns once, and only for a delegated call', () => {
    const settled = givenState(...due, toolDelegated('1.1'), toolFinished('1.1', 'found it'));
    for (const call of ['1.1', '1.2', '9.9']) {
      expect(types(settled.when(reports(call, 'answered', 'again')))).toEqual(['input_received']);
    }
    expect(types(givenState(created).when(reports('1.1', 'answered', 'x')))).toEqual(['input_received']);
  });

  it('[H1] is told to stop when the turn ends early', () => {
    const { events, send } = givenState(
      ...due,
      toolDelegated('1.1'),
      approvalRequested('1.2'),
      cancelInput('x'),
    ).advance([], giving);
    expect(types(events)).toEqual([
      'child_cancelled',
      'approval_resolved',
      'tool_call_refused',
      'turn_finished',
    ]);
    const reason = 'cancelled on request';
    expect(send).toEqual([
      { session: 's/call-1.1', agent: null, input: { kind: 'cancel', id: 'midturn:cancel-1.1', reason } },
    ]);
  });
});

describe('a session that waits for another session', () => {
  const replyTo = { session: 'parent', call: '3.1' };
  const wanted = (id: string): SessionEvent => {
    const { input, ...event } = queueInput(id);
    return { ...event, input: { ...input, replyTo, depth: 2 } } as SessionEvent;
  };
  const begun = [created, wanted('a'), turnStarted(1, 'a'), modelStarted(1)];

  function sent(outcome: Outcome, text: string, id = 'a') {
    const content = text === '' ? [] : createTextContent(text);
    return {
      session: 'parent',
      agent: null,
      input: { kind: 'result', id: `midturn:result-${id}`, call: '3.1', outcome, content },
    };
  }

  it('[H1] receives its answer', () => {
    const { send } = givenState(...begun, modelAnswered(1, 'found it')).advance([]);
    expect(send).toEqual([sent('answered', 'found it')]);
  });

  it('[H1] receives the reason when there is none', () => {
    const { send } = givenState(...begun, modelAnswered(1, '', 'content-filter')).advance([]);
    expect(send).toEqual([sent('failed', "the provider's content filter withheld the answer")]);
  });

  it('[H1] is told that its message was closed before it had a turn, and other sessions are not', () => {
    const cancelling: Command = {
      type: 'receive',
      agent: 'main',
      input: { kind: 'cancel', id: 'x', reason: 'over' },
    };
    const { send } = givenState(
      created,
      steerInput('z'),
      turnStarted(1, 'z'),
      modelStarted(1),
      wanted('a'),
      queueInput('b'),
    ).advance([cancelling], { running: [runningModelCall(1)] });
    expect(send).toEqual([sent('cancelled', 'over')]);
  });

  it('receives nothing for events that it does not wait for', () => {
    const { state } = givenState(created);
    for (const outcome of ['answered', 'failed'] as const) {
      expect(deriveOutgoingInputs(state, { ...turnFinished(1, ['a'], outcome), seq: 2, at: 2 })).toEqual([]);
    }
    expect(givenState(created, toolDelegated('1.1')).state.turn).toBeNull();
  });

  it('receives an empty text when the turn ended without one', () => {
    const { state } = givenState(...begun);
    for (const outcome of ['answered', 'failed'] as const) {
      expect(deriveOutgoingInputs(state, { ...turnFinished(1, ['a'], outcome), seq: 9, at: 9 })).toEqual([
        sent(outcome, ''),
      ]);
    }
  });

  it('is one level deeper than the session that asked', () => {
    expect(givenState(...begun).state.depth).toBe(2);
    const tool = [...begun, modelCalls(1, callOf('delegate'))];
    expect(givenState(...tool).advance([], giving).send[0]?.input).toMatchObject({ depth: 3 });
  });
});
