import { describe, expect, it } from 'vitest';
import { createTurnUsage } from '../model/budget.ts';
import { createUserMessage, extractText, type ModelMessage } from '../model/message.ts';
import type { CompactionRange, ContextBudget } from '../model/next-action.ts';
import { sumEstimates } from '../model/size.ts';
import {
  type ContextFeedback,
  createInitialState,
  noContextFeedback,
  type SessionState,
  type Turn,
} from '../model/state.ts';
import { findDueCompaction, selectCompactionRange } from './compaction.ts';
import { buildCompactionPrompt } from './prompt.ts';

/** Builds a history of messages with 100 tokens each; `S` is a summary of 100 tokens. */
function historyOf(word: string): ModelMessage[] {
  return [...word].map((letter): ModelMessage => {
    const text = letter.repeat(400);
    if (letter === 'u') return createUserMessage(text);
    if (letter === 'S') return { role: 'user', content: [{ type: 'text', text }], summary: true };
    if (letter === 'a') return { role: 'assistant', content: [{ type: 'text', text }] };
    if (letter === 'c') {
      const input = text.slice(3);
      return { role: 'assistant', content: [{ type: 'tool-call', toolCallId: '1', toolName: 'c', input }] };
    }
    const output = { type: 'text', value: text.slice(1) } as const;
    return { role: 'tool', content: [{ type: 'tool-result', toolCallId: '1', toolName: 't', output }] };
  });
}

/** Returns the state for `word`, in which the running turn stands after the bar. */
function stateOf(word: string, known: Partial<ContextFeedback> = {}, tokens?: number): [SessionState, Turn] {
  const history = historyOf(word.replace('|', ''));
  const estimate = sumEstimates(history);
  const turn: Turn = {
    ...{
      number: 1,
      inputs: ['a'],
      from: null,
      origin: {},
      replies: [],
      children: 0,
      startedAt: 0,
      call: null,
      tools: [],
    },
    ...{ retryAt: null, ending: null, answer: null, generation: null },
    news: { restarts: [], interrupted: [], unknown: [] },
    budget: createTurnUsage(0),
    began: word.indexOf('|'),
    room: { ...noContextFeedback, ...known },
  };
  return [{ ...createInitialState(), history, size: { estimate, tokens: tokens ?? estimate }, turn }, turn];
}

const room: ContextBudget = { window: 1_000, limit: 800, keepTurns: 2 };

function piece(
  word: string,
  known: Partial<ContextFeedback> = {},
  of: Partial<ContextBudget> = {},
  tokens?: number,
) {
  const [state, turn] = stateOf(word, known, tokens);
  return inWords(word, findDueCompaction(state, turn, { ...room, ...of }));
}

function inWords(word: string, found: CompactionRange | null): string | null {
  return found && word.replace('|', '').slice(found.from, found.from + found.count);
}

describe('a conversation is compacted', () => {
  it('when it takes more tokens than the limit, counted or estimated', () => {
    expect(piece('uauaua|u', {}, {}, 800)).toBeNull();
    expect(piece('uauaua|u', {}, {}, 801)).toBe('uaua');
    expect(piece('uauauaua|u')).toBe('uauaua');
    expect(piece('uaua|u', {}, { limit: 499 })).toBe('uaua');
  });

  it('up to the latest turns, as many as configured and as fit into half of the limit', () => {
    expect(piece('uauauaua|u', {}, { limit: 890, keepTurns: 1 })).toBe('uauauaua');
    expect(piece('uauauaua|u', {}, { keepTurns: 9 })).toBe('uauaua');
    expect(piece('uaua|uctctt', {}, { keepTurns: 9 })).toBe('uaua');
    expect(piece('uaua|uct', {}, { limit: 600, keepTurns: 9 })).toBe('uaua');
    expect(piece('uauuua|u', {}, { limit: 690 })).toBe('uauuua');
    expect(piece('uauuua|u', {}, { limit: 690, window: 1_000 }, 1_000)).toBe('uauu');
  });

  it('together with the earlier summary, which does not count as a turn', () => {
    expect(piece('Suauaua|u', {}, { limit: 790 })).toBe('Suaua');
    expect(selectCompactionRange(...stateOf('Suaua|u'), { ...room, limit: 1_300, keepTurns: 3 })).toBeNull();
    expect(inWords('Suaua|u', selectCompactionRange(...stateOf('Suaua|u'), { ...room, limit: 1_300 }))).toBe(
      'Sua',
    );
  });

  it('inside the running turn, after its first message, when that turn alone is too long', () => {
    expect(piece('|uctctctctct')).toBe('ctctct');
    expect(piece('|uSctctctct')).toBe('Sctct');
    expect(piece('S|uctctctctct')).toBe('ctctct');
    expect(piece('ua|uctctctctct')).toBe('ua');
  });

  it('but never the last step of the turn, or a call without its results', () => {
    expect(piece('|uctc', {}, { limit: 300, window: 400 })).toBe('ct');
    expect(piece('|uct', {}, { limit: 200 })).toBeNull();
    expect(piece('|ucttttttttt')).toBeNull();
    expect(piece('|uctcttttttttt')).toBe('ct');
  });

  it('only when it saves more than a few tokens', () => {
    const long = `uc${'t'.repeat(20)}`;
    expect(piece(`ua|${long}`, {}, { window: 3_000, limit: 2_200 })).toBeNull();
    expect(piece(`uaua|${long}`, {}, { window: 3_000, limit: 2_200 })).toBe('uaua');
  });

  it('not again in a turn in which it did not help', () => {
    expect(piece('uauauaua|u', { givenUp: 'it failed' })).toBeNull();
  });
});

describe('after the provider said that it is too long', () => {
  it('small savings count, and the real limit is lower than the configured one', () => {
    expect(piece('ua|uctct', { overflows: 1, ceiling: 500 }, { window: 10_000, limit: 8_000 })).toBe('ua');
    expect(piece('S|uctct', { overflows: 1, ceiling: 600 }, { window: 10_000, limit: 8_000 })).toBe('ct');
    expect(piece('S|uctct', { overflows: 1, ceiling: 900 }, { window: 10_000, limit: 8_000 })).toBeNull();
  });

  it('a small range waits while a larger one can be compacted', () => {
    const known = { overflows: 1, ceiling: 3_000 };
    expect(piece(`ua|uctct${'ct'.repeat(9)}`, known, { window: 10_000, limit: 8_000 })).toMatch(/^ctct/);
  });

  it('even the last step is compacted when it is too long', () => {
    expect(piece('|ucttttttttt', { overflows: 1, ceiling: 1_000 })).toMatch(/^ct+$/);
    expect(piece('|u', { overflows: 1, ceiling: 10 })).toBeNull();
  });
});

describe('a compaction range', () => {
  it('fits the limit together with its prompt; the rest is the next range', () => {
    const [state, turn] = stateOf(`${'ua'.repeat(100)}|u`);
    const found = selectCompactionRange(state, turn, room);
    expect(found).toMatchObject({ from: 0, count: 7, budget: 3_200 });
    const read = state.history.slice(0, found?.count);
    expect(extractText(buildCompactionPrompt(read, 3_200)[0] as ModelMessage).length).toBeLessThan(3_600);
  });

  it('shrinks each time that the provider finds it too long, down to two messages', () => {
    const counts = [0, 1, 2, 6].map((squeezed) => {
      const [state, turn] = stateOf(`${'ua'.repeat(100)}|u`, { squeezed });
      return selectCompactionRange(state, turn, { ...room, window: 8_000, limit: 4_000 });
    });
    expect(counts.map((found) => found?.budget)).toEqual([16_000, 8_000, 4_000, 1_000]);
    expect(counts.map((found) => found?.count)).toEqual([39, 19, 9, 3]);
  });

  it("takes the provider's count of tokens into account", () => {
    const [state, turn] = stateOf(`${'ua'.repeat(100)}|u`, {}, 40_000);
    expect(selectCompactionRange(state, turn, { ...room, window: 8_000, limit: 4_000 })?.budget).toBeLessThan(
      8_100,
    );
  });

  it('has room for any message, however long', () => {
    const [state, turn] = stateOf('uaua|u');
    const history = state.history.map((message) =>
      message.role === 'user' ? createUserMessage('x'.repeat(99_999)) : message,
    );
    const found = selectCompactionRange(
      { ...state, history, size: { estimate: 1e5, tokens: 1e5 } },
      turn,
      room,
    );
    expect(found?.count).toBeGreaterThanOrEqual(2);
  });
});
