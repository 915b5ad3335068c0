import { describe, expect, it } from 'vitest';
import {
  callOf,
  cancelInput,
  compactionStarted,
  created,
  modelCalls,
  modelInterrupted,
  modelStarted,
  queueInput,
  running,
  steerInput,
  toolCrashed,
  toolStarted,
  turnFinished,
  turnJoined,
  turnStarted,
} from '../../../test/support/events.ts';
import { givenState } from '../../../test/support/given.ts';
import { buildPrompt } from '../history/prompt.ts';
import type { Command } from '../model/command.ts';
import type { Input, SessionHandover } from '../model/events.ts';
import { createUserMessage } from '../model/message.ts';
import { emptyNotice } from '../model/state.ts';

function receive({ input }: { input: Input }): Command {
  return { type: 'receive', agent: 'main', input };
}

describe('an input', () => {
  it('creates the session when it is the first one', () => {
    expect(givenState().when(receive(steerInput('a')))).toEqual([created, steerInput('a')]);
    expect(givenState(created, steerInput('a')).when(receive(queueInput('b')))).toEqual([queueInput('b')]);
  });

  it('that cancels closes pending messages and lets the open turn end', () => {
    expect(
      givenState(...running, steerInput('b'), queueInput('c')).when(receive(cancelInput('x', 'enough'))),
    ).toEqual([
      cancelInput('x', 'enough'),
      { type: 'input_closed', inputs: ['b', 'c'], outcome: 'cancelled', reason: 'enough' },
    ]);
  });

  it('that cancels without pending messages is only recorded', () => {
    expect(givenState(...running).when(receive(cancelInput('x')))).toEqual([cancelInput('x')]);
  });

  it('that cancels without a reason gets one', () => {
    expect(givenState(created, steerInput('a')).when(receive(cancelInput('x')))).toContainEqual(
      expect.objectContaining({ type: 'input_closed', reason: 'cancelled on request' }),
    );
  });

  it('[A7] for a quarantined session fails at once with the reason', () => {
    const quarantined = givenState(created, { type: 'session_quarantined', reason: 'it kills' });
    expect(quarantined.when(receive(steerInput('a')))).toEqual([
      steerInput('a'),
      {
        type: 'input_closed',
        inputs: ['a'],
        outcome: 'failed',
        reason: 'the session is quarantined: it kills',
      },
    ]);
  });
});

describe('starting a step', () => {
  const begin = (step: Extract<Command, { type: 'begin' }>['step']): Command => ({ type: 'begin', step });
  const toolsDue = givenState(...running, modelCalls(1, callOf('look')));

  it('opens a turn, and lets messages join it', () => {
    const state = givenState(created, steerInput('a'));
    expect(state.when(begin({ kind: 'open_turn', turn: 1, inputs: ['a'] }))).toEqual([turnStarted(1, 'a')]);
    expect(state.when(begin({ kind: 'join_turn', turn: 1, inputs: ['a'] }))).toEqual([turnJoined(1, 'a')]);
  });

  it('is recorded with its generation, its config revision and its attempt number', () => {
    const models = { answer: 'openai/gpt', compaction: 'local/small' };
    const around = { generation: 7, revision: 4, models };
    const call = begin({ kind: 'call_model', step: 2, attempt: 3, piece: null });
    expect(givenState(...running).when(call, around)).toEqual([
      { ...modelStarted(2, 3), generation: 7, revision: 4, model: 'openai/gpt' },
    ]);
    const piece = { from: 1, count: 2, budget: 1000 };
    const summary = begin({ kind: 'call_model', step: 2, attempt: 1, piece });
    expect(givenState(...running).when(summary, around)).toEqual([
      {
        ...compactionStarted(2, 1, { from: 1, count: 2 }),
        generation: 7,
        revision: 4,
        model: 'local/small',
      },
    ]);
    const as = { effect: 'idempotent', resumable: true, stop: false, delegate: null, answers: null } as const;
    const run = begin({ kind: 'run_tool', call: '1.1', attempt: 2, part: callOf('look'), ...as });
    expect(toolsDue.when(run, around)).toEqual([
      { ...toolStarted('1.1', 'idempotent', { attempt: 2, resumable: true }), generation: 7, revision: 4 },
    ]);
  });

  it('[F2] derives the key from the call, so that it is the same in every attempt', () => {
    const as = { effect: 'read', resumable: false, stop: false, delegate: null, answers: null } as const;
    const keys = [1, 2].flatMap((attempt) =>
      toolsDue.when(begin({ kind: 'run_tool', call: '1.1', attempt, part: callOf('look'), ...as })),
    );
    expect(keys).toEqual([
      expect.objectContaining({ attempt: 1, key: 'key of 1.1' }),
      expect.objectContaining({ attempt: 2, key: 'key of 1.1' }),
    ]);
  });

  it('records steps that died with their process', () => {
    expect(givenState(...running).when(begin({ kind: 'lose_model_call', step: 1, attempt: 1 }))).toEqual([
      modelInterrupted(1, 'crash'),
    ]);
    expect(toolsDue.when(begin({ kind: 'lose_tool_call', call: '1.1', attempt: 2 }))).toEqual([
      toolCrashed('1.1', 2),
    ]);
  });

  it.each(['none', 'shared'] as const)('[B6] records the blame of a crash: %s', (blame) => {
    const model = givenState(...running).when(begin({ kind: 'lose_model_call', step: 1, attempt: 1 }), {
      blame,
    });
    expect(model).toEqual([{ ...modelInterrupted(1, 'crash'), blame }]);
    const tool = toolsDue.when(begin({ kind: 'lose_tool_call', call: '1.1', attempt: 2 }), { blame });
    expect(tool).toEqual([{ ...toolCrashed('1.1', 2), blame }]);
  });

  it('records a refused call, and a call with an unknown outcome', () => {
    expect(toolsDue.when(begin({ kind: 'refuse_tool', call: '1.1', reason: 'no' }))).toEqual([
      { type: 'tool_call_refused', call: '1.1', reason: 'no' },
    ]);
    expect(
      toolsDue.when(begin({ kind: 'give_up_tool', call: '1.1', startedAt: 5, poison: 'it kills' })),
    ).toEqual([{ type: 'tool_call_outcome_unknown', call: '1.1', startedAt: 5, poison: 'it kills' }]);
  });
});

describe('closing a turn', () => {
  const open = givenState(...running, queueInput('b'));

  function close(how: { outcome: 'answered' | 'failed'; reason?: string; quarantine: boolean }) {
    const { turn } = open.state;
    return turn ? open.when({ type: 'begin', step: { kind: 'close_turn', turn, ...how } }) : [];
  }

  it('gives its outcome to every input of the turn and to no other', () => {
    expect(close({ outcome: 'answered', quarantine: false })).toEqual([turnFinished(1, ['a'], 'answered')]);
    expect(close({ outcome: 'failed', reason: 'bad key', quarantine: false })).toEqual([
      turnFinished(1, ['a'], 'failed', 'bad key'),
    ]);
  });

  it('[A7] [B6] and quarantining the session also closes pending messages', () => {
    expect(close({ outcome: 'failed', reason: 'it kills', quarantine: true })).toEqual([
      turnFinished(1, ['a'], 'failed', 'it kills'),
      {
        type: 'input_closed',
        inputs: ['b'],
        outcome: 'failed',
        reason: 'the session is quarantined: it kills',
      },
      { type: 'session_quarantined', reason: 'it kills' },
    ]);
  });

  it('names the outcome when no other reason is known', () => {
    expect(close({ outcome: 'failed', quarantine: true }).at(-1)).toEqual({
      type: 'session_quarantined',
      reason: 'failed',
    });
  });
});

describe('a release', () => {
  it('ends a quarantine and changes nothing otherwise', () => {
    const quarantined = givenState(created, { type: 'session_quarantined', reason: 'it kills' });
    const release = (from?: string): Command => ({
      type: 'receive',
      agent: 'main',
      input: { kind: 'release', id: 'r', ...(from === undefined ? {} : { from }) },
    });
    const received = (from?: string) => ({
      type: 'input_received',
      input: { kind: 'release', id: 'r', ...(from === undefined ? {} : { from }) },
    });
    expect(quarantined.when(release('ann'))).toEqual([
      received('ann'),
      { type: 'session_released', by: 'ann' },
    ]);
    expect(quarantined.when(release())).toEqual([received(), { type: 'session_released', by: '' }]);
    expect(givenState(created).when(release('ann'))).toEqual([received('ann')]);
  });
});

describe('a takeover', () => {
  const handover: SessionHandover = {
    cause: 'config',
    reason: 'it was saved',
    keys: ['limits.turns'],
    tell: true,
  };
  const takeOver: Command = { type: 'take_over', ...handover };

  it('[D2] is recorded when another generation started the last step of an open turn', () => {
    expect(givenState(...running).when(takeOver, { generation: 2 })).toEqual([
      { type: 'session_handed_over', from: 1, to: 2, ...handover },
    ]);
  });

  it('[D5] has no event in the same generation, before the first step, without a turn, and in quarantine', () => {
    expect(givenState(...running).when(takeOver, { generation: 1 })).toEqual([]);
    expect(
      givenState(created, steerInput('a'), turnStarted(1, 'a')).when(takeOver, { generation: 2 }),
    ).toEqual([]);
    expect(givenState(created).when(takeOver, { generation: 2 })).toEqual([]);
    const quarantined = givenState(...running, { type: 'session_quarantined', reason: 'it kills' });
    expect(quarantined.when(takeOver, { generation: 2 })).toEqual([]);
    const over = givenState(...running, { type: 'session_handed_over', from: 1, to: 2, ...handover });
    expect(over.when(takeOver, { generation: 2 })).toEqual([]);
  });

  it('[D2] is told to the model once, with its next answer, and then forgotten', () => {
    const handedOver = { type: 'session_handed_over', from: 1, to: 2, ...handover } as const;
    const again = givenState(...running, handedOver, modelInterrupted(1, 'crash'), modelStarted(1, 2));
    const answer: Command = {
      type: 'end_model_call',
      step: 1,
      result: { kind: 'finished', content: [{ type: 'text', text: 'yes' }], finish: 'stop' },
    };
    const events = again.when(answer);
    expect(events.map(({ type }) => type)).toEqual(['system_note_added', 'model_call_finished']);
    expect(buildPrompt(again.state).at(-1)).toEqual(
      createUserMessage(
        '[system] The daemon restarted due to a configuration change (changed: limits.turns). Your session state has been recovered from the last checkpoint: every finished step and its result are kept. Interrupted and resumed: model call 1. Continue where you left off.',
      ),
    );
    const asked = givenState(...running, { ...handedOver, by: 'ann' }).state;
    expect(asked.turn?.news.restarts).toMatchObject([{ by: 'ann' }]);
    const told = givenState(
      ...running,
      handedOver,
      modelInterrupted(1, 'crash'),
      modelStarted(1, 2),
      ...events,
    );
    expect(told.state.turn?.news).toEqual(emptyNotice);
    expect(buildPrompt(told.state)).toBe(told.state.history);
  });
});
