import {
  createTurnUsage,
  type ReachedLimit,
  type TurnLimitName,
  type TurnLimits,
  type TurnUsage,
} from '../model/budget.ts';
import type { RecordedEvent, TokenUsage } from '../model/events.ts';
import { hashJson } from '../model/fingerprint.ts';
import type { SessionState, ToolCall, Turn } from '../model/state.ts';

/**
 * Counts what a turn uses, folded from its events. Time counts only while the daemon can work on the turn: not while
 * the turn waits for an approver or another session, not while no process runs the session, and not while a message
 * waits for its first model call, so that no message fails for a time limit before a model has read it.
 */

/** Returns `after` with the usage of the event added; called with the states before and after the rest of the fold. */
export function updateTurnUsage(
  before: SessionState,
  after: SessionState,
  event: RecordedEvent,
): SessionState {
  const { turn } = after;
  if (!turn) return after;
  if (!before.turn) return { ...after, turn: { ...turn, budget: createTurnUsage(event.at) } };
  const worked = turn.budget.worked + measureElapsed(before.turn, event);
  const budget = { ...turn.budget, ...measureUse(turn, turn.budget, event), worked, at: event.at };
  return { ...after, turn: { ...turn, budget } };
}

/** Returns the milliseconds of work up to the event; the time before a takeover belongs to a process that is gone. */
function measureElapsed(turn: Turn, { type, at }: RecordedEvent): number {
  return type === 'session_handed_over' || isIdle(turn) ? 0 : Math.max(0, at - turn.budget.at);
}

function isIdle(turn: Turn): boolean {
  return !turn.budget.begun || isParked(turn);
}

/** Checks whether the turn waits only for approvers or other sessions. */
function isParked({ tools, budget }: Turn): boolean {
  if (budget.question) return true;
  const open = tools.filter(({ phase }) => phase !== 'settled');
  return (
    open.length > 0 &&
    open.every(({ child, approval, questions }) => {
      return child !== null || [approval, ...questions].some((asked) => asked?.decision === null);
    })
  );
}

function measureUse({ tools }: Turn, budget: TurnUsage, event: RecordedEvent): Partial<TurnUsage> {
  if (event.type === 'turn_joined') return { begun: false };
  if (event.type === 'model_call_started') {
    return { begun: true, modelCalls: budget.modelCalls + (event.attempt === 1 ? 1 : 0) };
  }
  if (event.type === 'model_call_interrupted') return { tokens: budget.tokens + countTokens(event.usage) };
  if (event.type !== 'model_call_finished' && event.type !== 'history_compacted') return {};
  const calls = event.type === 'model_call_finished' ? tools.length : 0;
  return { tokens: budget.tokens + countTokens(event.usage), toolCalls: budget.toolCalls + calls };
}

function countTokens({ input = 0, output = 0 }: TokenUsage = {}): number {
  return input + output;
}

/** Returns the usage with the consecutive settled calls counted that each repeat an earlier call and its result. */
export function countRepeats(budget: TurnUsage, settled: readonly ToolCall[]): TurnUsage {
  let { repeats } = budget;
  const seen = [...budget.seen];
  for (const { part, output } of settled) {
    const print = hashJson([part.toolName, part.input, output]);
    repeats = seen.includes(print) ? repeats + 1 : 0;
    if (repeats === 0) seen.push(print);
  }
  return { ...budget, repeats, seen: seen.slice(-MAX_FINGERPRINTS) };
}

/** The maximum of remembered fingerprints; a loop over more calls is bounded by the limit of tool calls. */
const MAX_FINGERPRINTS = 256;

/**
 * Returns the first limit that forbids the next step: a model call, or the tool calls that the model requested. The
 * results of the last allowed tool calls still reach the model.
 */
export function findReachedLimit(turn: Turn, limits: TurnLimits, now: number): ReachedLimit | null {
  const { budget, tools } = turn;
  if (tools.length > 0) {
    const max = computeAllowance(budget, limits, 'turnToolCalls');
    return budget.toolCalls > max ? { limit: 'turnToolCalls', used: budget.toolCalls, max } : null;
  }
  const used = {
    turnModelCalls: budget.modelCalls,
    turnTokens: budget.tokens,
    turnTime: budget.worked + (isIdle(turn) ? 0 : Math.max(0, now - budget.at)),
    equalCalls: budget.repeats,
  };
  const limit = BEFORE_MODEL_CALLS.find((each) => used[each] >= computeAllowance(budget, limits, each));
  return limit ? { limit, used: used[limit], max: computeAllowance(budget, limits, limit) } : null;
}

const BEFORE_MODEL_CALLS = ['turnModelCalls', 'turnTokens', 'turnTime', 'equalCalls'] as const;

/** Returns the configured amount, once more for each time that an approver let the turn continue. */
function computeAllowance({ extended }: TurnUsage, limits: TurnLimits, limit: TurnLimitName): number {
  return limits[limit] * (1 + (extended[limit] ?? 0));
}
