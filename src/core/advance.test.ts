import { describe, expect, it } from 'vitest';
import {
  callOf,
  cancelInput,
  created,
  modelAnswered,
  modelCalls,
  modelInterrupted,
  modelStarted,
  queueInput,
  retryScheduled,
  steerInput,
  toolCrashed,
  toolFinished,
  toolLetGo,
  toolRefused,
  toolStarted,
  turnFinished,
  turnJoined,
  turnStarted,
} from '../../test/support/events.ts';
import { givenState } from '../../test/support/given.ts';
import type { AdvanceResult } from './advance.ts';
import { foldEvents } from './evolve.ts';
import type { Command } from './model/command.ts';
import { runningModelCall, runningToolCall } from './steps/running-steps.ts';

const running = [created, steerInput('a'), turnStarted(1, 'a'), modelStarted(1)];
const due = [...running, modelCalls(1, callOf('look'), callOf('send'))];

function receive({ input }: ReturnType<typeof steerInput>): Command {
  return { type: 'receive', agent: 'main', input };
}

function answer(step: number, text: string): Command {
  const content = [{ type: 'text', text } as const];
  return { type: 'end_model_call', step, result: { kind: 'finished', content, finish: 'stop' } };
}

function types({ events }: AdvanceResult): string[] {
  return events.map((event) => event.type);
}

function performed({ perform }: AdvanceResult): string[] {
  return perform.map((step) => step.kind);
}

describe('advancing a session', () => {
  it('goes from a message to the first action on the world', () => {
    const result = givenState().advance([receive(steerInput('a'))], { now: 5 });
    expect(result.events).toEqual(
      [created, steerInput('a'), turnStarted(1, 'a'), modelStarted(1)].map((event, index) => ({
        ...event,
        seq: index + 1,
        at: 5,
      })),
    );
    expect(result.perform).toEqual([{ kind: 'call_model', step: 1, attempt: 1, piece: null }]);
    expect(result.state).toEqual(foldEvents(result.events));
    expect(result.wakeAt).toBeNull();
  });

  it('puts the result of a step and the start of the next one into one batch', () => {
    const begun = givenState(
      ...due,
      toolStarted('1.1', 'read'),
      toolStarted('1.2', 'read'),
      toolFinished('1.1', 'x'),
    );
    const output = { type: 'text', value: 'y' } as const;
    const result = begun.advance([
      { type: 'end_tool_call', call: '1.2', result: { kind: 'finished', output } },
    ]);
    expect(types(result)).toEqual(['tool_call_finished', 'model_call_started']);
  });

  it('starts calls that may run in parallel at the same time', () => {
    expect(performed(givenState(...due).advance([]))).toEqual(['run_tool', 'run_tool']);
  });

  it('does not treat a step that it has just started as lost', () => {
    const { events } = givenState(...running).advance([]);
    expect(events.map(({ type }) => type)).toEqual(['model_call_interrupted', 'model_call_started']);
  });

  it('does nothing while it waits for running steps', () => {
    const result = givenState(...running).advance([], { running: [runningModelCall(1)] });
    expect(result).toMatchObject({ events: [], perform: [], wakeAt: null });
  });

  it('[A6] closes a turn and opens the next one in one batch', () => {
    const result = givenState(...running, queueInput('b')).advance([answer(1, 'yes')]);
    expect(types(result)).toEqual([
      'model_call_finished',
      'turn_finished',
      'turn_started',
      'model_call_started',
    ]);
  });

  it('[A9] loses no message that arrives together with the answer', () => {
    const result = givenState(...running).advance([answer(1, 'yes'), receive(steerInput('b'))]);
    expect(result.state).toMatchObject({ pending: [], turn: { number: 2, inputs: ['b'] } });
  });

  it('starts nothing beside a call that is given up as poison', () => {
    const limits = { modelAttempts: 1, crashAttempts: 1, parallelTools: 2 };
    const result = givenState(...due, toolStarted('1.1', 'read')).advance([], { limits });
    expect(types(result)).toEqual([
      'tool_call_interrupted',
      'tool_call_outcome_unknown',
      'tool_call_refused',
      'turn_finished',
      'session_quarantined',
    ]);
    expect(result.perform).toEqual([]);
  });
});

describe('waiting', () => {
  const parked = [...running, modelInterrupted(1, 'unavailable'), retryScheduled(1, 9_000)];

  it('[B5] returns when to advance again', () => {
    expect(givenState(...parked).advance([], { now: 8_000 })).toMatchObject({ events: [], wakeAt: 9_000 });
    expect(givenState(...parked).advance([], { now: 9_000 })).toMatchObject({ wakeAt: null });
  });

  it('ends when the turn is cancelled', () => {
    const result = givenState(...parked).advance([receive(cancelInput('x'))], { now: 8_000 });
    expect(types(result)).toEqual(['input_received', 'turn_finished']);
    expect(result.wakeAt).toBeNull();
  });
});

describe('a cancel', () => {
  it('stops each running step, once per advance', () => {
    const begun = givenState(...due, toolStarted('1.1', 'read'));
    const result = begun.advance([receive(cancelInput('x', 'enough'))], {
      running: [runningToolCall('1.1')],
    });
    expect(result.events).toMatchObject([cancelInput('x', 'enough'), toolRefused('1.2', 'enough')]);
    expect(result.perform).toEqual([{ kind: 'abort', running: runningToolCall('1.1') }]);
  });

  it('[A7] ends the turn with the last result', () => {
    const stopping = givenState(...running, cancelInput('x', 'enough'));
    const result = stopping.advance([answer(1, 'too late')], { running: [] });
    expect(result.events).toMatchObject([
      modelAnswered(1, 'too late'),
      turnFinished(1, ['a'], 'cancelled', 'enough'),
    ]);
  });
});

describe('admission', () => {
  const none = () => false;

  it('[D5] holds back new steps, so that another process can start them', () => {
    const result = givenState(...due, toolStarted('1.1', 'read')).advance(
      [{ type: 'end_tool_call', call: '1.1', result: { kind: 'interrupted' } }],
      {},
      none,
    );
    expect(result.events).toMatchObject([toolLetGo('1.1')]);
    expect(result.perform).toEqual([]);
  });

  it('decides on every action except waiting and stopping', () => {
    const seen: string[] = [];
    givenState(created, steerInput('a'), steerInput('b')).advance([], {}, (step) => {
      seen.push(step.kind);
      return step.kind !== 'call_model';
    });
    expect(seen).toEqual(['open_turn', 'join_turn', 'call_model']);
    const stopped = givenState(...running, cancelInput('x')).advance(
      [],
      { running: [runningModelCall(1)] },
      none,
    );
    expect(performed(stopped)).toEqual(['abort']);
  });

  it('of some due steps lets those start', () => {
    const result = givenState(...due).advance(
      [],
      {},
      (step) => step.kind === 'run_tool' && step.call === '1.2',
    );
    expect(result.events).toMatchObject([toolStarted('1.2', 'read')]);
  });
});

describe('a restart', () => {
  it('[B2] continues with the lost step, and repeats no finished one', () => {
    const lost = givenState(
      ...due,
      toolStarted('1.1', 'read'),
      toolStarted('1.2', 'read'),
      toolFinished('1.1', 'x'),
    );
    expect(lost.advance([]).events).toMatchObject([
      toolCrashed('1.2'),
      toolStarted('1.2', 'read', { attempt: 2 }),
    ]);
  });

  it('[D5] during a restart continues once, from where the first one stopped', () => {
    const first = givenState(...running, steerInput('b')).advance([]);
    expect(first.events).toMatchObject([
      modelInterrupted(1, 'crash'),
      turnJoined(1, 'b'),
      modelStarted(1, 2),
    ]);
    const second = givenState(
      ...running,
      steerInput('b'),
      modelInterrupted(1, 'crash'),
      turnJoined(1, 'b'),
    ).advance([]);
    expect(second.events).toMatchObject([modelStarted(1, 2)]);
    // The events that both have in common are recorded at other times here and there.
    const { seq, turn } = second.state;
    const budget = { ...first.state.turn?.budget, worked: turn?.budget.worked };
    expect(second.state).toEqual({ ...first.state, seq, turn: { ...first.state.turn, budget } });
  });
});
