import { describe, expect, it } from 'vitest';
import {
  callOf,
  compactionStarted,
  created,
  historyCompacted,
  modelAnswered,
  modelCalls,
  modelInterrupted,
  modelStarted,
  steerInput,
  toolFinished,
  toolStarted,
  turnFinished,
  turnStarted,
} from '../../../test/support/events.ts';
import { givenState } from '../../../test/support/given.ts';
import type { SessionEvent } from '../model/events.ts';
import { createUserMessage } from '../model/message.ts';
import { estimateTokens, formatOutput, sumEstimates } from '../model/size.ts';

const long = 'x'.repeat(400);
const opened = [created, steerInput('a'), turnStarted(1, 'a'), modelStarted(1)];
const answered = [...opened, modelAnswered(1, long), turnFinished(1, ['a'], 'answered')];
const second = [...answered, steerInput('b'), turnStarted(2, 'b'), modelStarted(2)];

function sizeAfter(...events: SessionEvent[]) {
  const { size, history } = givenState(...events).state;
  expect(size.estimate).toBe(sumEstimates(history));
  return size;
}

describe('the size of a conversation', () => {
  it('is a quarter of its characters until the provider counts tokens', () => {
    expect(estimateTokens(createUserMessage('x'.repeat(401)))).toBe(101);
    expect(estimateTokens({ role: 'system', content: 'be kind.' })).toBe(2);
    expect(sizeAfter(...answered)).toEqual({ estimate: 103, tokens: 103 });
  });

  it('includes everything that is sent to models', () => {
    const tools = [
      modelCalls(1, callOf('look', { at: long })),
      toolStarted('1.1', 'read'),
      toolFinished('1.1', long),
    ];
    expect(sizeAfter(...opened, ...tools).estimate).toBe(3 + 104 + 101);
    expect(formatOutput({ type: 'json', value: { a: 1 } })).toBe('{"a":1}');
    expect(formatOutput({ type: 'error-text', value: 'no' })).toBe('no');
    expect(formatOutput({ type: 'execution-denied' })).toBe('denied');
    expect(formatOutput({ type: 'execution-denied', reason: 'by ann' })).toBe('by ann');
  });

  it('is the count of the provider plus the estimate of later messages', () => {
    const counted = (usage: object) => ({ ...modelAnswered(1, long), usage });
    expect(sizeAfter(...opened, counted({ input: 5_000, output: 200 })).tokens).toBe(5_200);
    expect(sizeAfter(...opened, counted({ input: 5_000 })).tokens).toBe(5_100);
    expect(sizeAfter(...opened, counted({ input: 0, output: 7 })).tokens).toBe(103);
    expect(sizeAfter(...opened, { ...modelAnswered(1, ''), usage: { input: 9 } }).tokens).toBe(12);
    const since = [counted({ input: 5_000, output: 200 }), turnFinished(1, ['a'], 'answered')];
    expect(sizeAfter(...opened, ...since, steerInput('b'), turnStarted(2, 'b')).tokens).toBe(5_203);
  });

  it('of an empty history is the count of the provider', () => {
    const empty: SessionEvent = { ...modelAnswered(1, ''), usage: { input: 9 } };
    expect(givenState(created, empty).state.size).toEqual({ estimate: 0, tokens: 9 });
    expect(givenState(created, historyCompacted(1, 'so far', 0, 0)).state.size).toEqual({
      estimate: 24,
      tokens: 24,
    });
  });
});

describe('a compaction', () => {
  const [request, reply] = givenState(...answered).state.history;

  it('[B8] replaces the range that it read by a summary, and keeps the rest', () => {
    const { state } = givenState(
      ...second,
      modelInterrupted(2, 'overflow'),
      compactionStarted(3),
      historyCompacted(3, 'so far'),
    );
    expect(state.history).toEqual([summaryOf('so far'), createUserMessage('text of b')]);
    expect(state.turn).toMatchObject({ call: null, began: 1, room: { overflows: 1, givenUp: null } });
    const inside = givenState(...second, historyCompacted(3, 'so far', 1, 2)).state;
    expect(inside.history).toEqual([request, summaryOf('so far')]);
    expect(inside.turn?.began).toBe(1);
    expect(givenState(...second, historyCompacted(3, 'so far', 3, 0)).state.turn?.began).toBe(2);
    expect(reply?.role).toBe('assistant');
  });

  it('leaves a proportional share of the counted tokens', () => {
    const counted: SessionEvent = { ...modelAnswered(2, long), usage: { input: 1_860, output: 200 } };
    const whole = sizeAfter(...second, counted);
    expect(whole).toEqual({ estimate: 206, tokens: 2_060 });
    expect(sizeAfter(...second, counted, historyCompacted(3, 'so far'))).toEqual({
      estimate: 127,
      tokens: 1_270,
    });
  });

  it('that saves too little is the last one of its turn', () => {
    const futile = givenState(...second, historyCompacted(3, 'y'.repeat(300))).state;
    expect(futile.turn?.room.givenUp).toBe(
      'the summary was hardly shorter than the messages that it replaces',
    );
    expect(givenState(...second, historyCompacted(3, 'y'.repeat(150))).state.turn?.room.givenUp).toBeNull();
    expect(givenState(...answered, historyCompacted(2, 'so far')).state.turn).toBeNull();
  });

  it('that failed is remembered when the answer is requested without it', () => {
    const failed = [
      ...second,
      modelInterrupted(2, 'cut'),
      compactionStarted(3),
      modelInterrupted(3, 'rejected'),
    ];
    expect(givenState(...failed).state.turn?.room.givenUp).toBeNull();
    expect(givenState(...failed, modelStarted(4)).state.turn?.room.givenUp).toBe('the reason for rejected');
  });

  it('that is too long itself is counted apart from answers that are too long', () => {
    const overflown = [...second, modelInterrupted(2, 'overflow')];
    expect(givenState(...overflown).state.turn?.room).toMatchObject({
      overflows: 1,
      ceiling: 106,
      squeezed: 0,
    });
    const squeezed = givenState(...overflown, compactionStarted(3), modelInterrupted(3, 'overflow')).state
      .turn?.room;
    expect(squeezed).toMatchObject({ overflows: 1, ceiling: 106, squeezed: 1 });
    const again = givenState(
      ...overflown,
      historyCompacted(3, 'so far'),
      modelStarted(4),
      modelInterrupted(4, 'overflow'),
    );
    expect(again.state.turn?.room).toMatchObject({ overflows: 2, ceiling: 27 });
  });
});

function summaryOf(words: string) {
  return { ...createUserMessage(expect.stringContaining(words)), summary: true };
}
