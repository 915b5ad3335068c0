import { describe, expect, it } from 'vitest';
import {
  callOf,
  created,
  modelCalls,
  modelStarted,
  steerInput,
  toolCrashed,
  toolFinished,
  toolLetGo,
  toolRefused,
  toolStarted,
  turnStarted,
} from '../../test/support/events.ts';
import { givenState } from '../../test/support/given.ts';
import type { SessionEvent } from './model/events.ts';

const running = [created, steerInput('a'), turnStarted(1, 'a'), modelStarted(1)];

function turnAfter(...events: SessionEvent[]) {
  return givenState(...events).state.turn;
}

describe('tool calls', () => {
  const due = [...running, modelCalls(1, callOf('look'), callOf('send'))];

  it('keep how they were started, and the time of the first start', () => {
    const as = { attempt: 2, resumable: true };
    const turn = turnAfter(
      ...due,
      toolStarted('1.2', 'read'),
      toolCrashed('1.2'),
      toolStarted('1.2', 'write', as),
    );
    const started = {
      phase: 'started',
      attempt: 2,
      crashes: 1,
      effect: 'write',
      resumable: true,
      startedAt: 6000,
    };
    expect(turn?.tools).toEqual([
      expect.objectContaining({ call: '1.1', phase: 'due', attempt: 0 }),
      expect.objectContaining({ call: '1.2', ...started }),
    ]);
  });

  it('count crashes, but not handovers', () => {
    const once = [toolStarted('1.1', 'read'), toolCrashed('1.1'), toolStarted('1.1', 'read', { attempt: 2 })];
    expect(turnAfter(...due, ...once, toolLetGo('1.1', 2))?.tools[0]).toMatchObject({
      phase: 'interrupted',
      crashes: 1,
    });
  });

  it('[B3] [F7] enter the history together, in the order of the calls, when the last one is settled', () => {
    const second = [
      ...due,
      toolStarted('1.1', 'read'),
      toolStarted('1.2', 'read'),
      toolFinished('1.2', 'sent'),
    ];
    expect(givenState(...second).state.history.at(-1)?.role).toBe('assistant');
    const { state } = givenState(...second, toolFinished('1.1', 'blue'));
    expect(state.turn?.tools).toEqual([]);
    expect(state.history.at(-1)).toEqual({
      role: 'tool',
      content: [
        {
          type: 'tool-result',
          toolCallId: 'look-',
          toolName: 'look',
          output: { type: 'text', value: 'blue' },
        },
        {
          type: 'tool-result',
          toolCallId: 'send-',
          toolName: 'send',
          output: { type: 'text', value: 'sent' },
        },
      ],
    });
  });

  it('[B3] [F1] with a refusal or an unknown outcome have a result that says so', () => {
    const begun = [toolStarted('1.2', 'write'), toolCrashed('1.2'), toolRefused('1.1', 'not allowed')];
    const unknown = { type: 'tool_call_outcome_unknown', call: '1.2', startedAt: 6000 } as const;
    const told = JSON.stringify(givenState(...due, ...begun, unknown).state.history.at(-1));
    expect(told).toContain('This call was not run: not allowed.');
    expect(told).toContain('started at 1970-01-01T00:00:06.000Z');
  });

  it('[B6] that are poison end the turn and quarantine the session', () => {
    const begun = [toolStarted('1.1', 'read'), toolCrashed('1.1')];
    const poison = {
      type: 'tool_call_outcome_unknown',
      call: '1.1',
      startedAt: 6000,
      poison: 'it kills',
    } as const;
    expect(turnAfter(...due, ...begun, poison)?.ending).toEqual({
      outcome: 'failed',
      reason: 'it kills',
      quarantine: true,
    });
  });
});
