import { type AdvanceResult, advanceSession } from '../../src/core/advance.ts';
import { decideEvents } from '../../src/core/decide/decide.ts';
import { foldEvents } from '../../src/core/evolve.ts';
import type { Command, DecisionContext } from '../../src/core/model/command.ts';
import type { SessionEvent } from '../../src/core/model/events.ts';
import type { NextAction } from '../../src/core/model/next-action.ts';
import type { SessionState } from '../../src/core/model/state.ts';
import { planNextActions } from '../../src/core/next.ts';
import { listRunningSteps, type RunningStep } from '../../src/core/steps/running-steps.ts';
import { journalOf } from './events.ts';
import { deepFreeze } from './freeze.ts';

/** Environment of a test; everything that is absent has a default. */
export type Surroundings = Partial<Omit<DecisionContext, 'running'>> & { running?: RunningStep[] };

export interface Given {
  state: SessionState;
  /** Returns the events that a command leads to. */
  when(command: Command, around?: Surroundings): SessionEvent[];
  /** Returns the next actions. */
  next(around?: Surroundings): NextAction[];
  /** Runs one crank. */
  advance(commands: Command[], around?: Surroundings, admit?: (step: NextAction) => boolean): AdvanceResult;
}

/** Given these events, `when` this command, then … */
export function givenState(...events: SessionEvent[]): Given {
  const state = deepFreeze(foldEvents(journalOf(events)));
  return {
    state,
    when: (command, around) => decideEvents(state, command, makeContext(around)),
    next: (around) => planNextActions(state, makeContext(around)),
    advance: (commands, around, admit) => advanceSession(state, commands, makeContext(around), admit),
  };
}

/**
 * Returns a context: one million milliseconds, a minute for questions, nothing running, three attempts, two
 * parallel tools, read effects and unlimited room.
 */
export function makeContext({ running = [], ...around }: Surroundings = {}): DecisionContext {
  return {
    now: 1_000_000,
    running: listRunningSteps(running),
    limits: { modelAttempts: 3, crashAttempts: 3, parallelTools: 2 },
    tool: () => ({ run: true, effect: 'read', resumable: false }),
    session: 's',
    generation: 1,
    revision: 1,
    models: { answer: 'test/model', compaction: 'test/summaries' },
    room: { window: 1_000_000, limit: 800_000, keepTurns: 1 },
    patience: 60_000,
    blame: 'sole',
    key: (call) => `key of ${call}`,
    ...around,
  };
}
