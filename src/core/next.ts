import { findDueCompaction, selectCompactionRange } from './compaction/compaction.ts';
import { LONGEST_DELAY } from './decide/backoff.ts';
import { areCallsUnstarted, planLimitActions, withdrawLimitQuestion } from './limits/next.ts';
import { countCrashes, isPoisonStep } from './model/crashes.ts';
import type { Outcome } from './model/events.ts';
import type { CompactionRange, ContextBudget, Environment, Limits, NextAction } from './model/next-action.ts';
import type { ModelCall, SessionState, Turn } from './model/state.ts';
import { planToolActions, stopToolCall } from './next-tools.ts';
import { runningModelCall } from './steps/running-steps.ts';

/**
 * Returns the next actions of a session. A pure function of state and environment: planned restart, crash and first run
 * take the same path through it. Actions that only add events are returned first and alone; call it again after adding
 * them. A message with a deadline expires at that time, whatever it waits behind.
 */
export function planNextActions(state: SessionState, policy: Environment): NextAction[] {
  if (state.quarantine) return [];
  const first = findFirstDeadline(state);
  if (!first) return planTurnActions(state, policy);
  const { input, deadline } = first;
  if (deadline <= policy.now) return [{ kind: 'expire_input', input, deadline }];
  return [...planTurnActions(state, policy), { kind: 'wait', until: deadline }];
}

function findFirstDeadline({ pending }: SessionState): { input: string; deadline: number } | undefined {
  const dated = pending.flatMap(({ id, deadline }) =>
    deadline === undefined ? [] : [{ input: id, deadline }],
  );
  return dated.toSorted((a, b) => a.deadline - b.deadline)[0];
}

function planTurnActions(state: SessionState, policy: Environment): NextAction[] {
  const { turn } = state;
  if (!turn) return openTurn(state);
  if (turn.ending) return endTurn(turn, turn.ending, policy);
  if (turn.tools.length > 0) {
    const limited = areCallsUnstarted(turn) ? planLimitActions(turn, policy) : null;
    return limited ?? preferRecords(planToolActions(state, turn, policy));
  }
  if (turn.call?.phase === 'started') return loseModelCall(turn.call, policy);
  if (turn.answer) return [closeAnswered(turn, turn.answer)];
  if (turn.retryAt !== null && isAhead(turn.retryAt, policy.now)) {
    return [{ kind: 'wait', until: turn.retryAt }];
  }
  const step = turn.call
    ? continueAfterInterruption(state, turn, turn.call, policy)
    : callModel(state.steps + 1, 1, findDueCompaction(state, turn, policy.room));
  return planLimitsBefore(step, turn, policy) ?? joinMessagesFirst(state, turn, step);
}

/** Returns the limit actions before a new step; a repeated attempt belongs to a step that has already started. */
function planLimitsBefore(step: NextAction, turn: Turn, policy: Environment): NextAction[] | null {
  if (step.kind === 'call_model' && step.attempt === 1) return planLimitActions(turn, policy);
  return turn.budget.question ? [withdrawLimitQuestion(turn)] : null;
}

function joinMessagesFirst(state: SessionState, turn: Turn, step: NextAction): NextAction[] {
  // A compaction decided on the present history, so no message may join it now.
  return turn.call?.piece ? [step] : [joinTurn(state, turn, step) ?? step];
}

/** Checks whether a time is still to come. A time beyond the longest delay means that the clock was set back. */
function isAhead(time: number, now: number): boolean {
  return time > now && time - now <= LONGEST_DELAY;
}

/** Returns the action that lets steering messages join before a call that answers them; a failing turn leaves them. */
function joinTurn(state: SessionState, turn: Turn, step: NextAction): NextAction | undefined {
  if (step.kind !== 'call_model' || step.piece) return undefined;
  const inputs = state.pending.filter(({ mode }) => mode === 'steer').map(({ id }) => id);
  return inputs.length > 0 ? { kind: 'join_turn', turn: turn.number, inputs } : undefined;
}

function openTurn(state: SessionState): NextAction[] {
  const [first] = state.pending;
  return first ? [{ kind: 'open_turn', turn: state.turns + 1, inputs: [first.id] }] : [];
}

function callModel(step: number, attempt: number, piece: CompactionRange | null): NextAction {
  return { kind: 'call_model', step, attempt, piece };
}

function loseModelCall(call: ModelCall, policy: Environment): NextAction[] {
  if (policy.running.has(runningModelCall(call.step))) return [];
  return [{ kind: 'lose_model_call', step: call.step, attempt: call.attempt }];
}

function continueAfterInterruption(
  state: SessionState,
  turn: Turn,
  call: ModelCall,
  policy: Environment,
): NextAction {
  const { limits } = policy;
  if (isPoisonStep(call, limits)) {
    return closeTurn(
      turn,
      'failed',
      `the daemon died ${countCrashes(call)} times during model call ${call.step}`,
      true,
    );
  }
  if (call.piece) return continueAfterCompaction(state, turn, call, policy);
  if (call.cause === 'overflow') return continueAfterOverflow(state, turn, call, policy);
  const end = findFinalFailure(call, limits);
  return end === null ? callModel(call.step, call.attempt + 1, null) : closeTurn(turn, 'failed', end);
}

/** Returns the reason why a call is not made again; null when it is made again. */
function findFinalFailure({ cause, reason, failures }: ModelCall, { modelAttempts }: Limits): string | null {
  if (cause === 'rejected') return reason;
  if (failures < modelAttempts) return null;
  return `the model did not answer in ${failures} attempts; the last one: ${reason}`;
}

/** Shortens a prompt that was too long, once in a turn; after that the turn fails. */
function continueAfterOverflow(
  state: SessionState,
  turn: Turn,
  { reason }: ModelCall,
  { room }: Environment,
): NextAction {
  const piece = turn.room.overflows > 1 ? null : selectCompactionRange(state, turn, room);
  if (piece) return callModel(state.steps + 1, 1, piece);
  const why = turn.room.givenUp === null ? '' : ` (it could not be summarised: ${turn.room.givenUp})`;
  return closeTurn(
    turn,
    'failed',
    `the conversation does not fit the model's context window: ${reason}${why}`,
  );
}

/**
 * Continues after an interrupted compaction. A history that cannot be summarised, or no longer needs to be, is sent as
 * it is while it can be expected to fit, because an interruption alone is no reason to fail. The provider refuses it
 * if it is too long.
 */
function continueAfterCompaction(
  state: SessionState,
  turn: Turn,
  call: ModelCall,
  { limits, room }: Environment,
): NextAction {
  const tooLong = call.cause === 'overflow';
  const end = tooLong && turn.room.squeezed > MAX_SQUEEZES ? call.reason : findFinalFailure(call, limits);
  const piece = end === null ? selectCompactionRange(state, turn, room) : null;
  if (piece)
    return tooLong ? callModel(state.steps + 1, 1, piece) : callModel(call.step, call.attempt + 1, piece);
  if (end === null || fitsWindow(state.size.tokens, turn, room)) return callModel(state.steps + 1, 1, null);
  return closeTurn(
    turn,
    'failed',
    `the conversation does not fit the model's context window and could not be summarised: ${end}`,
  );
}

/** Checks whether a history can be expected to fit: within the window, and shorter than any refused in this turn. */
function fitsWindow(tokens: number, { room: { ceiling } }: Turn, { window }: ContextBudget): boolean {
  return tokens <= window && (ceiling === null || tokens < ceiling);
}

/** The number of times a summary prompt is halved: from far above any window to a few thousand tokens. */
const MAX_SQUEEZES = 6;

function closeAnswered(turn: Turn, { content, finish }: NonNullable<Turn['answer']>): NextAction {
  if (finish === 'content-filter' && content.length === 0) {
    return closeTurn(turn, 'failed', "the provider's content filter withheld the answer");
  }
  return closeTurn(turn, 'answered');
}

function closeTurn(turn: Turn, outcome: Outcome, reason?: string, quarantine = false): NextAction {
  return { kind: 'close_turn', turn, outcome, quarantine, ...(reason === undefined ? {} : { reason }) };
}

/** Returns only the actions that add events, if there are any: their events may forbid the others. */
function preferRecords(steps: NextAction[]): NextAction[] {
  const records = steps.filter(({ kind }) => !EXTERNAL_KINDS.has(kind));
  return records.length > 0 ? records : steps;
}

const EXTERNAL_KINDS: ReadonlySet<NextAction['kind']> = new Set(['run_tool', 'abort', 'wait']);

/** Returns the actions that end a turn early: stop the running steps, settle every call, close the turn. */
function endTurn(turn: Turn, ending: NonNullable<Turn['ending']>, policy: Environment): NextAction[] {
  if (turn.budget.question) return [withdrawLimitQuestion(turn)];
  const steps = turn.tools.flatMap((tool) => stopToolCall(tool, ending.reason, policy));
  const { call } = turn;
  if (call?.phase === 'started') {
    const running = runningModelCall(call.step);
    steps.push(
      ...(policy.running.has(running) ? [{ kind: 'abort' as const, running }] : loseModelCall(call, policy)),
    );
  } else if (turn.tools.length === 0) {
    steps.push(closeTurn(turn, ending.outcome, ending.reason, ending.quarantine));
  }
  return preferRecords(steps);
}
