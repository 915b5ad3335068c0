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
  reasonOf,
  steerInput,
  toolFinished,
  toolStarted,
  turnFinished,
  turnStarted,
} from '../../test/support/events.ts';
import { givenState } from '../../test/support/given.ts';
import type { ModelInterruption, SessionEvent } from './model/events.ts';

const long = 'x'.repeat(4_000);
const limits = { modelAttempts: 2, crashAttempts: 2, parallelTools: 2 };
const room = { window: 4_000, limit: 1_500, keepTurns: 1 };

/** Two turns with long answers, and one that has just begun. */
const grown: SessionEvent[] = [
  ...[created, steerInput('a'), turnStarted(1, 'a'), modelStarted(1), modelAnswered(1, long)],
  ...[turnFinished(1, ['a'], 'answered'), steerInput('b'), turnStarted(2, 'b'), modelStarted(2)],
  ...[modelAnswered(2, long), turnFinished(2, ['b'], 'answered'), steerInput('c'), turnStarted(3, 'c')],
];
const started = (step: number, attempt = 1) => compactionStarted(step, attempt, { from: 0, count: 4 });
const answer = (step: number, attempt = 1) => [{ kind: 'call_model', step, attempt, piece: null }];
const compaction = (step: number, attempt = 1, piece: object = { from: 0, count: 4 }) => [
  { kind: 'call_model', step, attempt, piece: expect.objectContaining(piece) },
];
const fails = (reason: string, quarantine = false) => [
  expect.objectContaining({ kind: 'close_turn', outcome: 'failed', quarantine, reason }),
];
const doesNotFit = "the conversation does not fit the model's context window";

function next(...more: SessionEvent[]) {
  return givenState(...grown, ...more).next({ limits, room });
}

function ended(cause: ModelInterruption, attempts: number): SessionEvent[] {
  return Array.from({ length: attempts }, (_, index) => index + 1).flatMap((attempt) => [
    started(3, attempt),
    modelInterrupted(3, cause, attempt),
  ]);
}

describe('a conversation near the end of its window', () => {
  it('[B8] is compacted before the next answer, and messages join after that', () => {
    expect(next()).toEqual(compaction(3));
    expect(next(steerInput('d'))).toEqual(compaction(3));
    expect(next(started(3), historyCompacted(3, 'so far', 0, 4))).toEqual(answer(4));
    expect(next(started(3), historyCompacted(3, 'so far', 0, 4), steerInput('d'))).toEqual([
      { kind: 'join_turn', turn: 3, inputs: ['d'] },
    ]);
  });

  it('is not compacted when there is room', () => {
    expect(givenState(...grown).next({ limits, room: { ...room, limit: 3_000 } })).toEqual(answer(3));
  });

  it('[B8] is compacted again after an interruption, by the same step', () => {
    expect(next(started(3))).toEqual([{ kind: 'lose_model_call', step: 3, attempt: 1 }]);
    for (const cause of ['crash', 'shutdown', 'cut', 'unavailable'] as const) {
      expect(next(started(3), modelInterrupted(3, cause))).toEqual(compaction(3, 2));
    }
  });

  it('is compacted in several ranges when it is far too long, also inside the running turn', () => {
    const pieces = [historyCompacted(3, 'first', 0, 3), historyCompacted(4, 'second', 0, 2)];
    expect(next(started(3), historyCompacted(3, 'first', 0, 2))).toEqual(answer(4));
    const far = { limits, room: { ...room, limit: 900 } };
    expect(givenState(...grown, started(3), ...pieces.slice(0, 1)).next(far)).toEqual(
      compaction(4, 1, { from: 0, count: 2 }),
    );
    const tools = [
      modelStarted(5),
      modelCalls(5, callOf('look')),
      toolStarted('5.1', 'read'),
      toolFinished('5.1', long),
    ];
    const more = [
      modelStarted(6),
      modelCalls(6, callOf('look')),
      toolStarted('6.1', 'read'),
      toolFinished('6.1', long),
    ];
    expect(givenState(...grown, ...pieces, ...tools, ...more).next({ limits, room })).toEqual(
      compaction(7, 1, { from: 2, count: 2 }),
    );
  });

  it('continues unchanged when summaries fail but it still fits, and asks for none again in this turn', () => {
    for (const end of [ended('rejected', 1), ended('cut', 2)]) {
      expect(next(...end)).toEqual(answer(4));
      const tools = [
        modelStarted(4),
        modelCalls(4, callOf('look')),
        toolStarted('4.1', 'read'),
        toolFinished('4.1', '1'),
      ];
      expect(next(...end, ...tools)).toEqual(answer(5));
    }
    expect(next(...ended('cut', 1))).toEqual(compaction(3, 2));
    expect(next(...ended('rejected', 1), steerInput('d'))).toEqual(answer(4));
  });

  it('fails when summaries fail and it no longer fits', () => {
    const small = { ...room, window: 1_900 };
    const reason = `${doesNotFit} and could not be summarised: ${reasonOf('rejected')}`;
    expect(givenState(...grown, ...ended('rejected', 1)).next({ limits, room: small })).toEqual(
      fails(reason),
    );
  });

  it('is no longer summarised when the limit was raised meanwhile', () => {
    const more = { window: 90_000, limit: 80_000, keepTurns: 9 };
    expect(givenState(...grown, ...ended('shutdown', 1)).next({ limits, room: more })).toEqual(answer(4));
  });

  it('[B6] quarantines the session when each attempt to compact it killed the daemon', () => {
    expect(next(...ended('crash', 2))).toEqual(fails('the daemon died 2 times during model call 3', true));
  });

  it('is read in smaller ranges when the provider finds them too long, a few times', () => {
    const squeezed = (times: number) =>
      Array.from({ length: times }, (_, index) => 3 + index).flatMap((step) => [
        started(step),
        modelInterrupted(step, 'overflow'),
      ]);
    expect(next(...squeezed(1))).toEqual(compaction(4, 1, { from: 0, budget: 3_000 }));
    expect(next(...squeezed(2))).toEqual(compaction(5, 1, { from: 0, budget: 1_500 }));
    expect(next(...squeezed(7))).toEqual(answer(10));
  });
});

describe('a prompt that the provider finds too long', () => {
  const roomy = { limits, room: { window: 1_000_000, limit: 800_000, keepTurns: 4 } };
  const overflown = [...grown, modelStarted(3), modelInterrupted(3, 'overflow')];

  it('[B5] is compacted by a model call of its own, whatever the configured window is', () => {
    expect(givenState(...grown).next(roomy)).toEqual(answer(3));
    expect(givenState(...overflown).next(roomy)).toEqual(compaction(4, 1, { from: 0 }));
    expect(givenState(...overflown, started(4), historyCompacted(4, 'so far', 0, 4)).next(roomy)).toEqual(
      answer(5),
    );
  });

  it('[B8] is compacted again after an interruption', () => {
    const interrupted = [started(4), modelInterrupted(4, 'crash')];
    expect(givenState(...overflown, ...interrupted).next(roomy)).toEqual(compaction(4, 2, { from: 0 }));
  });

  it('[B5] fails the turn when it is too long after a compaction, once', () => {
    const again = [
      started(4),
      historyCompacted(4, 'so far', 0, 2),
      modelStarted(5),
      modelInterrupted(5, 'overflow'),
    ];
    expect(givenState(...overflown, ...again).next(roomy)).toEqual(
      fails(`${doesNotFit}: ${reasonOf('overflow')}`),
    );
  });

  it('fails the turn when summaries fail', () => {
    const failed = [started(4), modelInterrupted(4, 'rejected')];
    expect(givenState(...overflown, ...failed).next(roomy)).toEqual(
      fails(`${doesNotFit} and could not be summarised: ${reasonOf('rejected')}`),
    );
  });

  it('[B5] [B8] is sent once more when an interrupted summary is no longer needed', () => {
    const endless = { limits, room: { window: 90_000, limit: 1e9, keepTurns: 9 } };
    for (const cause of ['crash', 'shutdown'] as const) {
      const stopped = [...overflown, started(4), modelInterrupted(4, cause)];
      expect(givenState(...stopped).next(endless)).toEqual(answer(5));
      const refused = [...stopped, modelStarted(5), modelInterrupted(5, 'overflow')];
      expect(givenState(...refused).next(endless)).toEqual([
        expect.objectContaining({ kind: 'close_turn', outcome: 'failed' }),
      ]);
    }
  });

  it('[B5] [B8] is sent with its first summary when the next one fails or is not needed', () => {
    const looked = (step: number, result: string) => [
      ...[modelStarted(step), modelCalls(step, callOf('look'))],
      ...[toolStarted(`${step}.1`, 'read'), toolFinished(`${step}.1`, result)],
    ];
    const alone = [
      created,
      steerInput('a'),
      turnStarted(1, 'a'),
      ...looked(1, long),
      ...looked(2, 'y'.repeat(1_600)),
    ];
    const refused = [...alone, modelStarted(3), modelInterrupted(3, 'overflow')];
    const shorter = [
      ...refused,
      compactionStarted(4, 1, { from: 1, count: 2 }),
      historyCompacted(4, 'so far', 1, 2),
    ];
    const tight = { limits, room: { window: 4_000, limit: 1_000, keepTurns: 1 } };
    expect(givenState(...shorter).next(tight)).toEqual(compaction(5, 1, { from: 1, count: 3 }));
    const second = (cause: ModelInterruption) => [
      ...shorter,
      compactionStarted(5, 1, { from: 1, count: 3 }),
      modelInterrupted(5, cause),
    ];
    expect(givenState(...second('rejected')).next(tight)).toEqual(answer(6));
    for (const cause of ['crash', 'shutdown'] as const) {
      expect(givenState(...second(cause)).next(tight)).toEqual(compaction(5, 2, { from: 1, count: 3 }));
      expect(givenState(...second(cause)).next(roomy)).toEqual(answer(6));
    }
  });

  it('fails the turn when there is nothing to compact', () => {
    const one = [
      created,
      steerInput('a'),
      turnStarted(1, 'a'),
      modelStarted(1),
      modelInterrupted(1, 'overflow'),
    ];
    expect(givenState(...one).next(roomy)).toEqual(fails(`${doesNotFit}: ${reasonOf('overflow')}`));
  });

  it('reports why an earlier summary did not help', () => {
    const tried = [...ended('rejected', 1), modelStarted(4), modelInterrupted(4, 'overflow')];
    const again = [
      started(5),
      historyCompacted(5, 'so far', 0, 4),
      modelStarted(6),
      modelInterrupted(6, 'overflow'),
    ];
    expect(next(...tried, ...again)).toEqual(
      fails(`${doesNotFit}: ${reasonOf('overflow')} (it could not be summarised: ${reasonOf('rejected')})`),
    );
  });
});
