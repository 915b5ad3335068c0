import { LONGEST_DELAY } from './backoff.ts';
import type { Effect, Outcome, Purpose } from './events.ts';
import type { Message, ToolCallPart } from './message.ts';
import type { ModelCall, SessionState, ToolCall, Turn } from './state.ts';

/** What to do next with a session. The first group needs the world, the second only a record in the journal. */
export type Step =
  | { kind: 'call_model'; step: number; purpose: Purpose; attempt: number }
  | {
      kind: 'run_tool';
      call: string;
      attempt: number;
      part: ToolCallPart;
      effect: Effect;
      resumable: boolean;
      /** The work of an earlier attempt is to be found and ended, not continued. */
      stop: boolean;
    }
  /** Ask a running step to stop; it ends like any other step, with a result. */
  | { kind: 'abort'; running: string }
  | { kind: 'wait'; until: number }
  | { kind: 'open_turn'; turn: number; inputs: string[] }
  | { kind: 'join_turn'; turn: number; inputs: string[] }
  | { kind: 'lose_model_call'; step: number; attempt: number }
  | { kind: 'lose_tool_call'; call: string; attempt: number }
  | { kind: 'refuse_tool'; call: string; reason: string }
  | { kind: 'give_up_tool'; call: string; startedAt: number; poison?: string }
  | { kind: 'close_turn'; turn: Turn; outcome: Outcome; reason?: string; quarantine: boolean };

/** What the answer depends on besides the journal. */
export interface Policy {
  now: number;
  /** Steps that this process is performing now; a started step that is not among them died with its process. */
  running: ReadonlySet<string>;
  limits: Limits;
  /** May this call run, and what would it do? Asked at every start, so that a tightened policy holds at once. */
  tool(part: ToolCallPart): Verdict;
}

export interface Limits {
  /** Attempts of one model call that the provider may fail before the turn fails. */
  modelAttempts: number;
  /** Attempts of one step that may die with the process before the turn fails and the session is quarantined. */
  crashAttempts: number;
  /** Tool calls of one turn that run at once. */
  parallelTools: number;
}

export type Verdict = ({ run: true } & Repeat) | { run: false; reason: string };

/** What decides whether an interrupted call may be run again. */
interface Repeat {
  effect: Effect;
  resumable: boolean;
}

/** Names of running steps, as in `Policy.running`. */
export const runningModelCall = (step: number) => `m${step}`;
export const runningToolCall = (call: string) => call;

/**
 * A pure function of the journal: planned restart, crash and first run take the same way through it. Steps that
 * only record something are returned first and alone; ask again after recording them.
 */
export function next(state: SessionState, policy: Policy): Step[] {
  const { turn } = state;
  if (state.quarantine) return [];
  if (!turn) return openTurn(state);
  if (turn.ending) return endTurn(turn, turn.ending, policy);
  if (turn.tools.length > 0) return recordsFirst(turn.tools.flatMap(toolStep(turn, policy)));
  if (turn.call?.phase === 'started') return lost(turn.call, policy);
  if (turn.answer) return [closeAnswered(turn, turn.answer)];
  if (turn.retryAt !== null && isAhead(turn.retryAt, policy.now)) {
    return [{ kind: 'wait', until: turn.retryAt }];
  }
  const step = turn.call
    ? afterInterruption(state, turn, turn.call, policy)
    : callModel(state.steps + 1, 'answer', 1);
  return [joinTurn(state, turn, step) ?? step];
}

/** A time further ahead than any delay means that the clock was set back. */
function isAhead(time: number, now: number): boolean {
  return time > now && time - now <= LONGEST_DELAY;
}

/** Messages that steer join before a call that answers them; a turn that fails does not take them with it. */
function joinTurn(state: SessionState, turn: Turn, step: Step): Step | undefined {
  if (step.kind !== 'call_model' || step.purpose !== 'answer') return undefined;
  const inputs = state.pending.filter(({ mode }) => mode === 'steer').map(({ id }) => id);
  return inputs.length > 0 ? { kind: 'join_turn', turn: turn.number, inputs } : undefined;
}

function openTurn(state: SessionState): Step[] {
  const [first] = state.pending;
  return first ? [{ kind: 'open_turn', turn: state.turns + 1, inputs: [first.id] }] : [];
}

function callModel(step: number, purpose: Purpose, attempt: number): Step {
  return { kind: 'call_model', step, purpose, attempt };
}

function lost(call: ModelCall, policy: Policy): Step[] {
  if (policy.running.has(runningModelCall(call.step))) return [];
  return [{ kind: 'lose_model_call', step: call.step, attempt: call.attempt }];
}

function afterInterruption(state: SessionState, turn: Turn, call: ModelCall, { limits }: Policy): Step {
  const fail = (reason: string, quarantine = false): Step => close(turn, 'failed', reason, quarantine);
  if (call.cause === 'rejected') return fail(call.reason);
  if (call.cause === 'overflow') {
    if (turn.compacted || call.purpose === 'compaction' || compactionCut(state.history) === 0) {
      return fail(`the conversation does not fit the model's context window: ${call.reason}`);
    }
    return callModel(state.steps + 1, 'compaction', 1);
  }
  if (call.crashes >= limits.crashAttempts) {
    return fail(`the daemon died ${call.crashes} times during model call ${call.step}`, true);
  }
  if (call.failures >= limits.modelAttempts) {
    return fail(`the model did not answer in ${call.failures} attempts; the last one: ${call.reason}`);
  }
  return callModel(call.step, call.purpose, call.attempt + 1);
}

function closeAnswered(turn: Turn, { text, finish }: { text: string; finish: string }): Step {
  if (finish === 'content-filter' && text === '') {
    return close(turn, 'failed', "the provider's content filter withheld the answer");
  }
  return close(turn, 'answered');
}

function close(turn: Turn, outcome: Outcome, reason?: string, quarantine = false): Step {
  return { kind: 'close_turn', turn, outcome, quarantine, ...(reason === undefined ? {} : { reason }) };
}

/** What a record says may forbid the rest: a call that is given up as poison ends the turn. */
function recordsFirst(steps: Step[]): Step[] {
  const records = steps.filter(({ kind }) => kind !== 'run_tool' && kind !== 'abort');
  return records.length > 0 ? records : steps;
}

/** The step that one call asks for, if any; calls beyond the parallel limit wait for a place. */
function toolStep(turn: Turn, policy: Policy) {
  let places = policy.limits.parallelTools - turn.tools.filter((tool) => tool.phase === 'started').length;
  return (tool: ToolCall): Step[] => {
    if (tool.phase === 'settled') return [];
    if (tool.phase === 'started') return lostTool(tool, policy);
    const step = unrepeatable(tool, policy.limits) ?? beginTool(tool, policy);
    if (step.kind === 'run_tool') places -= 1;
    return places < 0 && step.kind === 'run_tool' ? [] : [step];
  };
}

function beginTool(tool: ToolCall, policy: Policy): Step {
  const { call, startedAt } = tool;
  const due = tool.phase === 'due';
  const verdict = judge(tool, policy);
  if (verdict.run && (due || repeatable(verdict))) return runTool(tool, verdict, false);
  if (due && !verdict.run) return { kind: 'refuse_tool', call, reason: verdict.reason };
  // It was begun and may not be run again now; to say that it was not run would be untrue.
  return tool.resumable && !verdict.run
    ? runTool(tool, tool, true)
    : { kind: 'give_up_tool', call, startedAt };
}

function repeatable({ effect, resumable }: Repeat): boolean {
  return effect !== 'write' || resumable;
}

function judge(tool: ToolCall, policy: Policy): Verdict {
  return tool.part.invalid === undefined ? policy.tool(tool.part) : { run: false, reason: tool.part.invalid };
}

function runTool(tool: ToolCall, as: Repeat, stop: boolean): Step {
  const { call, part } = tool;
  const { effect, resumable } = as;
  return { kind: 'run_tool', call, part, effect, resumable, attempt: tool.attempt + 1, stop };
}

function lostTool(tool: ToolCall, policy: Policy): Step[] {
  if (policy.running.has(runningToolCall(tool.call))) return [];
  return [{ kind: 'lose_tool_call', call: tool.call, attempt: tool.attempt }];
}

/** An interrupted call that must not, or not once more, be run again. */
function unrepeatable(tool: ToolCall, limits: Limits): Step | undefined {
  const { phase, call, startedAt, crashes, part } = tool;
  if (phase !== 'interrupted') return undefined;
  if (crashes >= limits.crashAttempts) {
    const poison = `the daemon died ${crashes} times during ${part.toolName} (call ${call})`;
    return { kind: 'give_up_tool', call, startedAt, poison };
  }
  return repeatable(tool) ? undefined : { kind: 'give_up_tool', call, startedAt };
}

/** The way out of a turn that is to end early: stop what runs, settle every call, close. */
function endTurn(turn: Turn, ending: NonNullable<Turn['ending']>, policy: Policy): Step[] {
  const steps = turn.tools.flatMap((tool) => endTool(tool, ending.reason, policy));
  const { call } = turn;
  if (call?.phase === 'started') {
    const running = runningModelCall(call.step);
    steps.push(...(policy.running.has(running) ? [{ kind: 'abort' as const, running }] : lost(call, policy)));
  } else if (turn.tools.length === 0) {
    steps.push(close(turn, ending.outcome, ending.reason, ending.quarantine));
  }
  return recordsFirst(steps);
}

function endTool(tool: ToolCall, reason: string, policy: Policy): Step[] {
  const { call, startedAt } = tool;
  if (tool.phase === 'settled') return [];
  if (tool.phase === 'due') return [{ kind: 'refuse_tool', call, reason }];
  if (tool.phase === 'started') {
    const running = runningToolCall(call);
    return policy.running.has(running) ? [{ kind: 'abort', running }] : lostTool(tool, policy);
  }
  const findable = tool.resumable && tool.crashes < policy.limits.crashAttempts;
  return [findable ? runTool(tool, tool, true) : { kind: 'give_up_tool', call, startedAt }];
}

/**
 * How many of the oldest messages a compaction replaces: about two thirds, never so that a tool result loses its
 * call. 0 when there is nothing to gain.
 */
export function compactionCut(history: readonly Message[]): number {
  let cut = Math.floor((history.length * 2) / 3);
  while (cut > 0 && history[cut]?.role === 'tool') cut -= 1;
  return cut < 2 ? 0 : cut;
}
