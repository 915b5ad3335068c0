import { describe, expect, it } from 'vitest';
import {
  callOf,
  cancelInput,
  compactionStarted,
  crashedWith,
  created,
  journalOf,
  modelAnswered,
  modelCalls,
  modelInterrupted,
  modelStarted,
  queueInput,
  retryScheduled,
  steerInput,
  toolCrashed,
  toolFinished,
  toolRefused,
  turnFinished,
  turnJoined,
  turnStarted,
} from '../../test/support/events.ts';
import { givenState } from '../../test/support/given.ts';
import { foldEvents } from './evolve.ts';
import type { SessionEvent } from './model/events.ts';
import type { ModelMessage } from './model/message.ts';
import { createTextContent } from './model/message.ts';
import { createInitialState } from './model/state.ts';

const opened = [created, steerInput('a'), turnStarted(1, 'a')];
const running = [...opened, modelStarted(1)];

function said(text: string): ModelMessage {
  return { role: 'user', content: [{ type: 'text', text }] };
}

function turnAfter(...events: SessionEvent[]) {
  return givenState(...events).state.turn;
}

describe('folding', () => {
  it('remembers the position of the last event', () => {
    expect(foldEvents([]).seq).toBe(0);
    expect(givenState(...running).state.seq).toBe(4);
  });

  it('continues from a snapshot', () => {
    const journal = journalOf([...running, modelAnswered(1, 'yes')]);
    expect(foldEvents(journal.slice(2), foldEvents(journal.slice(0, 2)))).toEqual(foldEvents(journal));
  });

  it('of events about a turn without one changes nothing but the position', () => {
    const strays = [
      cancelInput('x'),
      retryScheduled(1, 5),
      modelInterrupted(1, 'cut'),
      toolCrashed('1.1'),
      toolFinished('1.1', 'blue'),
      toolRefused('1.1', 'no'),
      { type: 'tool_call_outcome_unknown', call: '1.1', startedAt: 1, poison: 'it kills' },
      { type: 'session_handed_over', from: 1, to: 2, cause: 'crash', reason: '', keys: [], tell: true },
    ] satisfies SessionEvent[];
    expect(givenState(...strays).state).toEqual({ ...createInitialState(), seq: strays.length });
  });

  it('of a stray model call counts it and opens no turn', () => {
    expect(givenState(modelStarted(1)).state).toEqual({ ...createInitialState(), seq: 1, steps: 1 });
  });

  it('of messages that join no turn takes them out of the queue', () => {
    expect(givenState(created, steerInput('a'), turnJoined(1, 'a')).state).toMatchObject({
      pending: [],
      turn: null,
    });
  });
});

describe('messages', () => {
  it('[A6] wait in the order of their arrival, with all their fields', () => {
    const input = {
      kind: 'message',
      id: 'b',
      content: createTextContent('hi'),
      mode: 'queue',
      from: 'ann',
    } as const;
    expect(givenState(created, steerInput('a'), { type: 'input_received', input }).state.pending).toEqual([
      { id: 'a', content: createTextContent('text of a'), mode: 'steer' },
      { id: 'b', content: createTextContent('hi'), mode: 'queue', from: 'ann' },
    ]);
  });

  it('enter the conversation with their turn', () => {
    const { state } = givenState(created, steerInput('a'), queueInput('b'), turnStarted(1, 'a'));
    expect(state.history).toEqual([said('text of a')]);
    expect(state.pending.map(({ id }) => id)).toEqual(['b']);
    expect(state).toMatchObject({
      agent: 'main',
      turns: 1,
      turn: { number: 1, inputs: ['a'], startedAt: 4000 },
    });
  });

  it('[A9] that join belong to the turn from then on', () => {
    const { state } = givenState(...opened, steerInput('b'), turnJoined(1, 'b'));
    expect(state.turn?.inputs).toEqual(['a', 'b']);
    expect(state.history).toEqual([said('text of a'), said('text of b')]);
  });

  it('that are closed no longer wait', () => {
    const closed: SessionEvent = {
      type: 'input_closed',
      inputs: ['a'],
      outcome: 'cancelled',
      reason: 'enough',
    };
    expect(
      givenState(created, steerInput('a'), queueInput('b'), closed).state.pending.map(({ id }) => id),
    ).toEqual(['b']);
  });

  it('of the daemon are part of the history like those of the user', () => {
    expect(givenState(...opened, { type: 'system_note_added', text: 'note' }).state.history.at(-1)).toEqual(
      said('note'),
    );
  });
});

describe('a model call', () => {
  it('that starts is counted and ends the waiting', () => {
    const { state } = givenState(...running, modelInterrupted(1, 'cut'), retryScheduled(1, 9_000));
    expect(state.turn?.retryAt).toBe(9_000);
    const again = givenState(
      ...running,
      modelInterrupted(1, 'cut'),
      retryScheduled(1, 9_000),
      modelStarted(1, 2),
    );
    expect(again.state).toMatchObject({
      steps: 1,
      turn: { retryAt: null, call: { phase: 'started', attempt: 2 } },
    });
  });

  it('[B5] [B6] counts its crashes and its failures apart, and no handovers', () => {
    const causes = ['crash', 'cut', 'shutdown', 'unavailable', 'crash', 'cancelled', 'unavailable'] as const;
    const attempts = causes.flatMap((cause, index) => [
      modelStarted(1, index + 1),
      modelInterrupted(1, cause, index + 1),
    ]);
    expect(turnAfter(...opened, ...attempts)?.call).toMatchObject({
      crashes: 2,
      failures: 3,
      phase: 'interrupted',
    });
  });

  it('[B6] counts a crash by its blame', () => {
    const blames = ['none', 'shared', 'shared', 'sole', 'none'] as const;
    const attempts = blames.flatMap((blame, index) => [
      modelStarted(1, index + 1),
      crashedWith(modelInterrupted(1, 'crash', index + 1), blame),
    ]);
    expect(turnAfter(...opened, ...attempts)?.call).toMatchObject({ crashes: 1, sharedCrashes: 2 });
  });

  it('[B6] starts with zero counts when it is the next step, because the turn made progress', () => {
    const lost = [
      ...running,
      modelInterrupted(1, 'crash'),
      modelStarted(1, 2),
      modelInterrupted(1, 'cut', 2),
    ];
    expect(turnAfter(...lost, compactionStarted(2))?.call).toMatchObject({
      step: 2,
      crashes: 0,
      failures: 0,
    });
  });

  it('that answers without tools has the answer of the turn', () => {
    const { state } = givenState(...running, modelAnswered(1, 'yes'));
    expect(state.turn).toMatchObject({
      call: null,
      tools: [],
      answer: { content: createTextContent('yes'), finish: 'stop' },
    });
    const content = [{ type: 'text', text: 'yes' }];
    expect(state.history.at(-1)).toEqual({ role: 'assistant', content, model: 'test/model' });
  });

  it('without content adds no empty message', () => {
    const { state } = givenState(...running, modelAnswered(1, ''));
    expect(state.history).toEqual([said('text of a')]);
    expect(state.turn?.answer).toEqual({ content: [], finish: 'stop' });
  });

  it('that calls tools names them by position, without those that the provider ran itself', () => {
    const elsewhere = { ...callOf('search'), providerExecuted: true };
    const turn = turnAfter(...running, modelCalls(1, callOf('look'), elsewhere, callOf('send')));
    expect(turn?.answer).toBeNull();
    expect(turn?.tools).toEqual([
      expect.objectContaining({ call: '1.1', phase: 'due', part: callOf('look') }),
      expect.objectContaining({ call: '1.2', phase: 'due', part: callOf('send') }),
    ]);
  });
});

describe('the end of a turn', () => {
  it('requested by a cancel is kept, with the reason', () => {
    expect(turnAfter(...running, cancelInput('x', 'enough'))?.ending).toEqual({
      outcome: 'cancelled',
      reason: 'enough',
      quarantine: false,
    });
    expect(turnAfter(...running, cancelInput('x'))?.ending?.reason).toBe('cancelled on request');
  });

  it('leaves its outcome and the conversation', () => {
    const { state } = givenState(...running, modelAnswered(1, 'yes'), turnFinished(1, ['a'], 'answered'));
    expect(state).toMatchObject({ turn: null, last: { turn: 1, outcome: 'answered' } });
    expect(state.history).toHaveLength(2);
    const failed = givenState(...running, turnFinished(1, ['a'], 'failed', 'bad key')).state;
    expect(failed.last).toEqual({ turn: 1, outcome: 'failed', reason: 'bad key' });
  });

  it('may be a quarantine, which lasts until a release', () => {
    const quarantined = [
      created,
      { type: 'session_quarantined', reason: 'it kills' },
    ] satisfies SessionEvent[];
    expect(givenState(...quarantined).state.quarantine).toEqual({ reason: 'it kills', at: 2000 });
    expect(givenState(...quarantined, { type: 'session_released', by: 'ann' }).state.quarantine).toBeNull();
  });
});
