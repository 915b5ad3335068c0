import { describe, expect, it } from 'vitest';
import {
  approvalResolved,
  callOf,
  cancelInput,
  compactionStarted,
  created,
  historyCompacted,
  modelAnswered,
  modelCalls,
  modelInterrupted,
  modelStarted,
  running,
  steerInput,
  toolDelegated,
  toolFinished,
  toolStarted,
  turnJoined,
  turnStarted,
} from '../../test/support/events.ts';
import { givenState, makeContext } from '../../test/support/given.ts';
import { applyEvent, foldEvents } from './evolve.ts';
import { updateTurnUsage } from './limits/budget.ts';
import type { TurnLimits } from './model/budget.ts';
import type { RecordedEvent, SessionEvent } from './model/events.ts';
import { hashJson } from './model/fingerprint.ts';
import { createInitialState, getSessionStatus, getWaitReason, type SessionState } from './model/state.ts';
import { planNextActions } from './next.ts';

const LIMITS: TurnLimits = {
  ...{ turnModelCalls: 100, turnToolCalls: 100, turnTokens: 1_000, turnTime: 1e12 },
  ...{ equalCalls: 100, atTurnLimit: 'end' },
};

/** The surroundings of a turn with these limits, at a million milliseconds. */
function limited(limits: Partial<TurnLimits>, now = 1_000_000) {
  const { limits: others } = makeContext();
  return { now, limits: { ...others, turn: { ...LIMITS, ...limits } } };
}

function round(step: number, ...inputs: number[]): SessionEvent[] {
  const calls = inputs.map((input) => callOf('t', { input }));
  const ends = inputs.map((_, index) => `${step}.${index + 1}`);
  return [
    modelStarted(step),
    modelCalls(step, ...calls),
    ...ends.flatMap((call) => [toolStarted(call, 'read'), toolFinished(call, 'same')]),
  ];
}

const begun = [created, steerInput('a'), turnStarted(1, 'a')];

/** Events at times of their own. */
function at(...events: [time: number, event: SessionEvent][]): SessionState {
  return foldEvents(
    events.map(([time, event], index): RecordedEvent => ({ ...event, seq: index + 1, at: time })),
  );
}

function ending(session: ReturnType<typeof givenState>, limits: Partial<TurnLimits>) {
  const { events, state } = session.advance([], limited(limits));
  return { types: events.map(({ type }) => type), last: state.last };
}

describe('the limits of a turn', () => {
  it.each<[string, Partial<TurnLimits>, SessionEvent[], string]>([
    [
      'model calls',
      { turnModelCalls: 2 },
      [...round(1, 1), ...round(2, 2)],
      'the turn has made 2 model calls; the limit is 2 model calls (limits.turnModelCalls)',
    ],
    [
      'tokens',
      { turnTokens: 50 },
      [
        modelStarted(1),
        { ...modelCalls(1, callOf('t')), usage: { input: 40, output: 12 } },
        toolStarted('1.1', 'read'),
        toolFinished('1.1', 'x'),
      ],
      'the turn has used 52 tokens; the limit is 50 tokens (limits.turnTokens)',
    ],
    [
      'equal calls',
      { equalCalls: 2 },
      [...round(1, 1), ...round(2, 2), ...round(3, 1), ...round(4, 2)],
      'the turn runs in a loop: its last 2 tool calls each repeated an earlier one (same tool, arguments and result); the limit is 2 tool calls (limits.equalCalls)',
    ],
  ])(
    '[A7] end it as failed at the limit of %s, with what it used and the key',
    (_, limits, events, reason) => {
      const session = givenState(...begun, ...events);
      expect(ending(session, limits)).toEqual({
        types: ['turn_limit_reached', 'turn_finished'],
        last: { turn: 1, outcome: 'failed', reason },
      });
      expect(session.advance([], limited({})).perform).toMatchObject([{ kind: 'call_model' }]);
      expect(session.advance([]).perform).toMatchObject([{ kind: 'call_model' }]);
    },
  );

  it('[A7] refuse the tool calls beyond their limit, and let the model read the results within it', () => {
    const two = givenState(...begun, modelStarted(1), modelCalls(1, callOf('t'), callOf('u')));
    expect(ending(two, { turnToolCalls: 1 })).toEqual({
      types: ['turn_limit_reached', 'tool_call_refused', 'tool_call_refused', 'turn_finished'],
      last: {
        turn: 1,
        outcome: 'failed',
        reason: 'the turn has asked for 2 tool calls; the limit is 1 tool calls (limits.turnToolCalls)',
      },
    });
    expect(two.next(limited({ turnToolCalls: 2 }))).toMatchObject([
      { kind: 'run_tool' },
      { kind: 'run_tool' },
    ]);
    const done = givenState(...begun, ...round(1, 1, 2));
    expect(done.next(limited({ turnToolCalls: 2 }))).toMatchObject([{ kind: 'call_model' }]);
  });

  it('count a summary as a model call with its tokens, and repeated attempts once', () => {
    const used = givenState(
      ...running,
      modelInterrupted(1, 'cut'),
      modelStarted(1, 2),
      modelInterrupted(1, 'overflow'),
      compactionStarted(2),
      { ...historyCompacted(2, 'short'), usage: { input: 7 } },
    );
    expect(used.state.turn?.budget).toMatchObject({ modelCalls: 2, tokens: 7 });
    const again = givenState(...running, modelInterrupted(1, 'cut'));
    expect(again.next(limited({ turnModelCalls: 1 }))).toMatchObject([{ kind: 'call_model', attempt: 2 }]);
  });

  it('count a call as repeated only with its tool, arguments and result, and start again after a new one', () => {
    const repeats = (...events: SessionEvent[]) => givenState(...begun, ...events).state.turn?.budget.repeats;
    expect(repeats(...round(1, 1, 1), ...round(2, 1))).toBe(2);
    expect(repeats(...round(1, 1, 1), ...round(2, 2))).toBe(0);
    const other = [modelStarted(2), modelCalls(2, callOf('t', { input: 1 })), toolStarted('2.1', 'read')];
    expect(repeats(...round(1, 1), ...other, toolFinished('2.1', 'another'))).toBe(0);
    expect(hashJson({ a: 1, b: [2, null] })).toBe(hashJson({ b: [2, null], a: 1 }));
    expect(hashJson({ a: 1, b: 2 })).not.toBe(hashJson({ a: 2, b: 1 }));
    const bare = Object.assign(Object.create(null), { raw: 1 });
    expect(hashJson(bare)).toBe(hashJson({ raw: 1 }));
  });
});

describe('the working time of a turn', () => {
  const call = modelCalls(1, callOf('t'));
  const ask: SessionEvent = {
    type: 'approval_requested',
    approval: 'q',
    call: '1.1',
    rule: 't',
    expiresAt: 9e9,
  };

  it('runs between its events, and not while it waits for approvers or other sessions', () => {
    const times: [number, SessionEvent][] = [
      [0, created],
      [0, steerInput('a')],
      [0, turnStarted(1, 'a')],
      [10, modelStarted(1)],
      [1_000, call],
    ];
    const worked = (...more: [number, SessionEvent][]) => at(...times, ...more).turn?.budget.worked;
    expect(worked()).toBe(990);
    expect(worked([1_000, ask], [90_000, approvalResolved('1.1', 'approved')])).toBe(990);
    expect(worked([1_000, toolDelegated('1.1')], [90_000, toolFinished('1.1', 'x')])).toBe(990);
    expect(worked([1_100, toolStarted('1.1', 'read')], [2_000, toolFinished('1.1', 'x')])).toBe(1_990);
    expect(worked([500, toolStarted('1.1', 'read')])).toBe(990);
  });

  it('does not run while no process has the turn', () => {
    const handedOver: SessionEvent = {
      ...{ type: 'session_handed_over', from: 1, to: 2, cause: 'start', reason: '', keys: [], tell: true },
    };
    const state = at(
      [0, created],
      [0, steerInput('a')],
      [0, turnStarted(1, 'a')],
      [0, modelStarted(1)],
      [10, call],
      [90_000, handedOver],
    );
    expect(state.turn?.budget).toMatchObject({ worked: 10, at: 90_000 });
  });

  it('[A7] does not run while a message waits for its first model call', () => {
    const waiting = at([0, created], [0, steerInput('a')], [0, turnStarted(1, 'a')]);
    const short = { ...makeContext(), ...limited({ turnTime: 5_000 }, 90_000) };
    expect(planNextActions(waiting, short)).toMatchObject([{ kind: 'call_model' }]);
    const joined = at(
      ...([created, steerInput('a'), turnStarted(1, 'a'), modelStarted(1), call] as const).map(
        (event): [number, SessionEvent] => [0, event],
      ),
      [0, toolStarted('1.1', 'read')],
      [4_000, toolFinished('1.1', 'x')],
      [4_000, steerInput('b')],
      [4_000, turnJoined(1, 'b')],
    );
    expect(planNextActions(joined, short)).toMatchObject([{ kind: 'call_model' }]);
  });

  it('[A7] ends the turn before its next step, and reports seconds', () => {
    const state = at(
      ...([created, steerInput('a'), turnStarted(1, 'a'), modelStarted(1), call] as const).map(
        (event): [number, SessionEvent] => [0, event],
      ),
      [0, toolStarted('1.1', 'read')],
      [2_000, toolFinished('1.1', 'x')],
    );
    const steps = (now: number) =>
      planNextActions(state, { ...makeContext(), ...limited({ turnTime: 5_000 }, now) });
    expect(steps(4_999)).toMatchObject([{ kind: 'call_model' }]);
    expect(steps(5_400)).toMatchObject([
      { kind: 'end_at_limit', reached: { limit: 'turnTime', used: 5_400 } },
    ]);
    expect(steps(1_000)).toMatchObject([{ kind: 'call_model' }]);
  });
});

describe('a turn that asks whether it may continue at a limit', () => {
  const ask = limited({ turnModelCalls: 1, atTurnLimit: 'ask' });
  const before = givenState(...begun, ...round(1, 1));
  const { events, approvals, wakeAt, state } = before.advance([], ask);
  const asked = (...more: SessionEvent[]) => givenState(...begun, ...round(1, 1), ...events, ...more);
  const id = String(approvals[0]?.approval);

  it('[G1] parks with a question of its own kind, which the operator answers', () => {
    expect(approvals).toMatchObject([
      {
        ...{ call: 'turn-1', tool: 'continue_turn', state: 'pending', expiresAt: 1_060_000 },
        input: { limit: 'turnModelCalls', used: 1, max: 1 },
        inquiry: { key: 'turnModelCalls', operator: true, fields: [] },
      },
    ]);
    expect(approvals[0]?.inquiry?.message).toContain('It has made 1 model calls');
    expect([wakeAt, getSessionStatus(state), state.turn && getWaitReason(state.turn)]).toEqual([
      1_060_000,
      'waiting',
      'approval',
    ]);
    expect(asked().advance([], ask).events).toEqual([]);
  });

  it.each([
    ['approve', {}, null],
    ['deny', { from: 'ann', note: 'enough' }, ', and ann did not let it continue: enough'],
    ['deny', {}, ', and an approver did not let it continue'],
  ] as const)('[G1] is decided: %s', (decision, more, end) => {
    const input = { kind: 'approval', id: 'd', approval: id, decision, ...more } as const;
    const decided = asked().advance([{ type: 'receive', agent: 'main', input }], ask);
    if (end === null) expect(decided.perform).toMatchObject([{ kind: 'call_model', step: 2 }]);
    else expect(decided.state.last?.reason).toMatch(new RegExp(`${end}$`));
    expect(decided.approvals).toMatchObject([{ approval: id, state: end === null ? 'approved' : 'denied' }]);
    if (end !== null) return;
    const again = givenState(...begun, ...round(1, 1), ...events, ...decided.events, ...round(2, 2).slice(1));
    const [second] = again.advance([], ask).approvals;
    expect(second).toMatchObject({ input: { used: 2, max: 2 } });
    expect(second?.approval).not.toBe(id);
  });

  it('[G1] ends when the question expires', () => {
    const late = asked().advance([], { ...ask, now: 1_060_000 });
    expect(late.state.last?.reason).toMatch(/and the question whether it may continue expired$/);
  });

  it('[G3] withdraws the question when the turn is cancelled or the limit is raised', () => {
    const raised = asked().advance([], limited({ turnModelCalls: 2, atTurnLimit: 'ask' }));
    expect(raised.approvals).toMatchObject([{ state: 'superseded' }]);
    expect(raised.perform).toMatchObject([{ kind: 'call_model' }]);
    const cancelled = asked(cancelInput('c')).advance([], ask);
    expect(cancelled.approvals).toMatchObject([{ state: 'superseded' }]);
    expect(cancelled.state.last?.outcome).toBe('cancelled');
  });

  it('withdraws the question when the turn ends for another reason', () => {
    const call = { ...modelStarted(2) };
    const stuck = asked(call, modelInterrupted(2, 'rejected')).advance([], ask);
    expect(stuck.approvals).toMatchObject([{ state: 'superseded' }]);
    expect(stuck.state.last?.outcome).toBe('failed');
  });

  it('leaves a session without a turn as it is', () => {
    const event: RecordedEvent = {
      type: 'turn_limit_reached',
      turn: 1,
      reached: { limit: 'turnTime', used: 1, max: 1 },
      seq: 1,
      at: 1,
    };
    expect(applyEvent(createInitialState(), event).turn).toBeNull();
    expect(updateTurnUsage(createInitialState(), createInitialState(), event)).toEqual(createInitialState());
    const lost: RecordedEvent = { ...(events[0] as RecordedEvent), seq: 1 };
    expect(applyEvent(createInitialState(), lost).turn).toBeNull();
    expect(
      givenState(...begun, modelStarted(1), modelAnswered(1, 'done')).advance([], ask).state.last?.outcome,
    ).toBe('answered');
  });
});
