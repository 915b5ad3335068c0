import { describe, expect, it } from 'vitest';
import {
  callOf,
  cancelInput,
  created,
  modelCalls,
  modelInterrupted,
  modelStarted,
  steerInput,
  toolCrashed,
  toolFinished,
  toolLetGo,
  toolRefused,
  toolStarted,
  turnStarted,
} from '../../test/support/events.ts';
import { type Given, givenState } from '../../test/support/given.ts';
import type { SessionEvent } from './model/events.ts';
import type { CallVerdict, NextAction } from './model/next-action.ts';
import { runningModelCall, runningToolCall } from './steps/running-steps.ts';

const asked = [created, steerInput('a'), turnStarted(1, 'a'), modelStarted(1)];
const due = [...asked, modelCalls(1, callOf('look'), callOf('send'), callOf('build'))];
const one = [...asked, modelCalls(1, callOf('send', { to: 'ann' }))];
const limits = { modelAttempts: 3, crashAttempts: 3, parallelTools: 2 };

const READ: CallVerdict = { run: true, effect: 'read', resumable: false };
const WRITE: CallVerdict = { run: true, effect: 'write', resumable: false };
const RESUMABLE: CallVerdict = { run: true, effect: 'write', resumable: true };
const DENIED: CallVerdict = { run: false, reason: 'not allowed' };

/** Returns kind and id of each action, such as "run 1.1". */
function brief(steps: NextAction[]): string[] {
  return steps.map((step) => {
    const of = step.kind === 'abort' ? step.running : step;
    const name = 'call' in of ? of.call : '';
    return `${step.kind.replace('_tool', '').replace('_call', '')} ${name}`.trim();
  });
}

function nextOf(session: Given, verdict: CallVerdict = READ): NextAction[] {
  return session.next({ tool: () => verdict, limits });
}

/** Events of a call that crashed `times` times. */
function crashes(count: number, effect: 'read' | 'idempotent' | 'write', resumable = false): SessionEvent[] {
  return Array.from({ length: count }, (_, index) => index + 1).flatMap((attempt) => [
    toolStarted('1.1', effect, { attempt, resumable }),
    toolCrashed('1.1', attempt),
  ]);
}

describe('tool calls', () => {
  it('are run as the policy says', () => {
    expect(givenState(...one).next({ tool: () => RESUMABLE })).toEqual([
      {
        kind: 'run_tool',
        call: '1.1',
        attempt: 1,
        part: callOf('send', { to: 'ann' }),
        effect: 'write',
        resumable: true,
        delegate: null,
        answers: null,
        stop: false,
      },
    ]);
  });

  it('[F7] run in parallel up to the limit, in their order', () => {
    expect(brief(nextOf(givenState(...due)))).toEqual(['run 1.1', 'run 1.2']);
    const busy = givenState(...due, toolStarted('1.1', 'read'));
    expect(brief(busy.next({ running: [runningToolCall('1.1')], limits }))).toEqual(['run 1.2']);
    const full = givenState(...due, toolStarted('1.1', 'read'), toolStarted('1.2', 'read'));
    expect(brief(full.next({ running: [runningToolCall('1.1'), runningToolCall('1.2')], limits }))).toEqual(
      [],
    );
    const room = givenState(
      ...due,
      toolStarted('1.1', 'read'),
      toolStarted('1.2', 'read'),
      toolFinished('1.1', 'x'),
    );
    expect(brief(room.next({ running: [runningToolCall('1.2')], limits }))).toEqual(['run 1.3']);
  });

  it('that are not allowed are refused before others start, and use no slot', () => {
    const tool = (part: { toolName: string }) => (part.toolName === 'look' ? DENIED : READ);
    expect(givenState(...due).next({ tool, limits })).toEqual([
      { kind: 'refuse_tool', call: '1.1', reason: 'not allowed' },
    ]);
    expect(brief(givenState(...due, toolRefused('1.1', 'not allowed')).next({ tool, limits }))).toEqual([
      'run 1.2',
      'run 1.3',
    ]);
  });

  it('[B3] without usable arguments are refused with the reason, whatever the policy says', () => {
    const cut = { ...callOf('send'), invalid: 'the arguments were cut off' };
    expect(nextOf(givenState(...asked, modelCalls(1, cut)))).toEqual([
      { kind: 'refuse_tool', call: '1.1', reason: 'the arguments were cut off' },
    ]);
  });

  it('whose process died are detected as lost', () => {
    const lost = givenState(...due, toolStarted('1.1', 'read'), toolStarted('1.2', 'read', { attempt: 2 }));
    expect(lost.next({ running: [runningToolCall('1.1')], limits })).toEqual([
      { kind: 'lose_tool_call', call: '1.2', attempt: 2 },
    ]);
  });
});

describe('an interrupted tool call [F1]', () => {
  it.each(['read', 'idempotent'] as const)('that is %s is run again', (effect) => {
    const as: CallVerdict = { run: true, effect, resumable: false };
    expect(nextOf(givenState(...one, ...crashes(1, effect)), as)).toEqual([
      expect.objectContaining({ kind: 'run_tool', attempt: 2, effect, stop: false }),
    ]);
  });

  it.each([
    ['crash', toolCrashed('1.1')],
    ['planned restart', toolLetGo('1.1')],
  ])('that writes is never run again on its own, after a %s', (_, interrupted) => {
    const session = givenState(...one, toolStarted('1.1', 'write'), interrupted);
    expect(nextOf(session, WRITE)).toEqual([{ kind: 'give_up_tool', call: '1.1', startedAt: 6000 }]);
  });

  it('that writes is not run again although the policy calls it a read now', () => {
    expect(brief(nextOf(givenState(...one, ...crashes(1, 'write')), READ))).toEqual(['give_up 1.1']);
  });

  it('that was a read is not run again when it writes now', () => {
    expect(brief(nextOf(givenState(...one, ...crashes(1, 'read')), WRITE))).toEqual(['give_up 1.1']);
    expect(brief(nextOf(givenState(...one, ...crashes(1, 'write', true)), WRITE))).toEqual(['give_up 1.1']);
  });

  it('[F3] that continues outside is resumed', () => {
    expect(nextOf(givenState(...one, ...crashes(1, 'write', true)), RESUMABLE)).toEqual([
      expect.objectContaining({ kind: 'run_tool', attempt: 2, resumable: true, stop: false }),
    ]);
  });

  it('[F3] that continues outside and is no longer allowed is found and stopped', () => {
    expect(nextOf(givenState(...one, ...crashes(1, 'write', true)), DENIED)).toEqual([
      expect.objectContaining({ kind: 'run_tool', attempt: 2, resumable: true, stop: true }),
    ]);
  });

  it('that is no longer allowed has an unknown outcome, because it may have run', () => {
    expect(brief(nextOf(givenState(...one, ...crashes(1, 'idempotent')), DENIED))).toEqual(['give_up 1.1']);
  });

  it.each([
    ['read', false],
    ['write', true],
  ] as const)(
    '[B6] (%s, resumable: %s) is poison when every attempt killed the process',
    (effect, resumable) => {
      const as: CallVerdict = { run: true, effect, resumable };
      expect(brief(nextOf(givenState(...one, ...crashes(2, effect, resumable)), as))).toEqual(['run 1.1']);
      expect(nextOf(givenState(...one, ...crashes(3, effect, resumable)), as)).toEqual([
        {
          kind: 'give_up_tool',
          call: '1.1',
          startedAt: 6000,
          poison: 'the daemon died 3 times during send (call 1.1)',
        },
      ]);
    },
  );

  it('[D5] is run again after any number of planned restarts', () => {
    const restarts = Array.from({ length: 50 }, (_, index) => index + 1).flatMap((attempt) => [
      toolStarted('1.1', 'read', { attempt }),
      toolLetGo('1.1', attempt),
    ]);
    expect(nextOf(givenState(...one, ...restarts))).toEqual([expect.objectContaining({ attempt: 51 })]);
  });
});

describe('a turn that ends early', () => {
  const begun = [...due, toolStarted('1.1', 'read'), toolStarted('1.2', 'write', { resumable: true })];

  it('stops a running model call and waits for it', () => {
    expect(givenState(...asked, cancelInput('x')).next({ running: [runningModelCall(1)] })).toEqual([
      { kind: 'abort', running: runningModelCall(1) },
    ]);
  });

  it('does not make a lost model call again', () => {
    expect(givenState(...asked, cancelInput('x')).next()).toEqual([
      { kind: 'lose_model_call', step: 1, attempt: 1 },
    ]);
    expect(givenState(...asked, cancelInput('x'), modelInterrupted(1, 'cancelled')).next()).toEqual([
      expect.objectContaining({ kind: 'close_turn', outcome: 'cancelled', reason: 'cancelled on request' }),
    ]);
  });

  it('refuses calls that have not started, then stops running ones', () => {
    const around = { running: [runningToolCall('1.1'), runningToolCall('1.2')], limits };
    expect(givenState(...begun, cancelInput('x', 'enough')).next(around)).toEqual([
      { kind: 'refuse_tool', call: '1.3', reason: 'enough' },
    ]);
    const refused = givenState(...begun, cancelInput('x', 'enough'), toolRefused('1.3', 'enough'));
    expect(brief(refused.next(around))).toEqual(['abort 1.1', 'abort 1.2']);
  });

  it('[B3] is closed only when every call has its result', () => {
    const stopping = [
      ...begun,
      cancelInput('x'),
      toolRefused('1.3', 'enough'),
      toolFinished('1.1', 'stopped'),
    ];
    expect(brief(givenState(...stopping).next({ running: [runningToolCall('1.2')] }))).toEqual(['abort 1.2']);
    expect(brief(givenState(...stopping, toolFinished('1.2', 'stopped')).next())).toEqual(['close_turn']);
  });

  it('[F3] gives up lost calls, but finds and stops work that continues outside', () => {
    const died = [...begun, cancelInput('x'), toolRefused('1.3', 'enough')];
    expect(brief(givenState(...died).next({ limits }))).toEqual(['lose 1.1', 'lose 1.2']);
    const lost = givenState(...died, toolCrashed('1.1'), toolCrashed('1.2'));
    expect(brief(lost.next({ limits }))).toEqual(['give_up 1.1']);
    const unknown = { type: 'tool_call_outcome_unknown', call: '1.1', startedAt: 6000 } as const;
    expect(givenState(...died, toolCrashed('1.1'), toolCrashed('1.2'), unknown).next({ limits })).toEqual([
      expect.objectContaining({ kind: 'run_tool', call: '1.2', attempt: 2, stop: true }),
    ]);
  });

  it('[B6] does not search forever for work that continues outside', () => {
    const killer = givenState(...one, ...crashes(3, 'write', true), cancelInput('x'));
    expect(killer.next({ limits })).toEqual([{ kind: 'give_up_tool', call: '1.1', startedAt: 6000 }]);
  });

  it('[B6] because of a poisoned call fails and quarantines the session', () => {
    const poison = {
      type: 'tool_call_outcome_unknown',
      call: '1.1',
      startedAt: 6000,
      poison: 'it kills',
    } as const;
    expect(givenState(...one, ...crashes(3, 'read'), poison).next()).toEqual([
      expect.objectContaining({
        kind: 'close_turn',
        outcome: 'failed',
        reason: 'it kills',
        quarantine: true,
      }),
    ]);
  });
});
