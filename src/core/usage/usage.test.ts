import { expect, it } from 'vitest';
import { createAssignment } from '../delegation/outgoing.ts';
import { applyEvent } from '../evolve.ts';
import type { Input, RecordedEvent, SessionEvent } from '../model/events.ts';
import { createTextContent } from '../model/message.ts';
import { createInitialState, type SessionState } from '../model/state.ts';
import { createScheduleSender } from './origin.ts';
import { deriveModelUse, type ModelUse } from './usage.ts';

const attempt = { attempt: 1, generation: 1, revision: 1, model: 'far/model' };
const started: SessionEvent = { type: 'model_call_started', step: 1, purpose: 'answer', ...attempt };
const usage = { input: 10, output: 2 };

it('[N1] an answer, a summary and a failed call each count once, with the tokens that are known', () => {
  const compaction: SessionEvent = {
    ...{ type: 'model_call_started', step: 2, purpose: 'compaction', piece: { from: 0, count: 2 } },
    ...attempt,
  };
  const uses = listUses(message({ from: 'ann' }), [
    started,
    { type: 'model_call_interrupted', step: 1, attempt: 1, cause: 'crash', reason: 'died' },
    started,
    { type: 'model_call_interrupted', step: 1, attempt: 2, cause: 'cut', reason: 'cut', usage },
    { type: 'model_call_finished', step: 1, content: [], finish: 'stop', usage },
    compaction,
    { type: 'history_compacted', step: 2, summary: 'short', from: 0, dropped: 0, usage },
  ]);
  expect(uses.map(({ purpose, failed, tokens }) => [purpose, failed, tokens])).toEqual([
    ['answer', true, null],
    ['answer', true, usage],
    ['answer', false, usage],
    ['compaction', false, usage],
  ]);
  expect(uses[0]).toMatchObject({ model: 'far/model', person: 'ann', schedule: null });
});

it('[N1] the work of a schedule counts for the schedule, and no client can pose as one', () => {
  const from = createScheduleSender('daily');
  const end: SessionEvent[] = [
    started,
    { type: 'model_call_finished', step: 1, content: [], finish: 'stop' },
  ];
  expect(listUses(message({ id: 'midturn:daily@1', from }), end)).toMatchObject([
    { person: null, schedule: 'daily', tokens: null },
  ]);
  expect(listUses(message({ from }), end)).toMatchObject([{ person: from, schedule: null }]);
});

it('[N1] delegated work counts for the person at the top, however deep it is', () => {
  const from = { session: 's', agent: 'main', call: '1.1', key: 'k' };
  const task = { agent: 'helper', text: 'Help.' };
  const top = foldAll(message({ from: 'ann' }), [started]);
  const child = createAssignment(top, task, from).input;
  const grandchild = createAssignment(foldAll(child, [started]), task, from).input;
  const end: SessionEvent = { type: 'model_call_finished', step: 1, content: [], finish: 'stop', usage };
  expect(listUses(grandchild, [started, end])).toMatchObject([{ person: 'ann', tokens: usage }]);
});

function message(more: { id?: string; from?: string } = {}): Input {
  return { kind: 'message', id: 'a', content: createTextContent('Hi.'), mode: 'queue', ...more };
}

function listUses(input: Input, events: readonly SessionEvent[]): ModelUse[] {
  const uses: ModelUse[] = [];
  foldAll(input, events, (state, event) => {
    const use = deriveModelUse(state, event);
    if (use) uses.push(use);
  });
  return uses;
}

function foldAll(
  input: Input,
  events: readonly SessionEvent[],
  look: (state: SessionState, event: RecordedEvent) => void = () => {},
): SessionState {
  const all: SessionEvent[] = [
    { type: 'session_created', agent: 'main' },
    { type: 'input_received', input },
    { type: 'turn_started', turn: 1, inputs: [input.id] },
    ...events,
  ];
  let state = createInitialState();
  for (const [index, event] of all.entries()) {
    const recorded: RecordedEvent = { ...event, seq: index + 1, at: index };
    look(state, recorded);
    state = applyEvent(state, recorded);
  }
  return state;
}
