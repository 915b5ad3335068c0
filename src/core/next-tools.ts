import { notApproved } from './history/wording.ts';
import { countCrashes, isPoison } from './model/crashes.ts';
import type { Answers } from './model/elicitation.ts';
import type { Limits, Permission, Policy, Repeat, Step, Verdict } from './model/next-action.ts';
import { isApproved, runningToolCall } from './model/next-action.ts';
import type { Approval, SessionState, ToolCall, Turn } from './model/state.ts';

/**
 * Returns the next actions of the open turn's tool calls:
 *   1. A call goes from `due`, through an approval where the policy requires one, to `started`, and to `settled` by a
 *      result, a refusal or "outcome unknown".
 *   2. A call that ends with elicitations is `asked`, and `started` again with their results.
 *   3. Calls beyond the parallel limit wait for a free slot; waiting for an approver or another session uses none.
 */
export function toolSteps(state: SessionState, turn: Turn, policy: Policy): Step[] {
  const busy = turn.tools.filter((tool) => tool.phase === 'started' && tool.child === null);
  let places = policy.limits.parallelTools - busy.length;
  let delegated = false;
  return turn.tools.flatMap((tool): Step[] => {
    if (tool.phase === 'settled') return [];
    if (tool.phase === 'started') return startedTool(tool, policy);
    const step =
      unanswered(tool, policy) ?? unrepeatable(tool, policy.limits) ?? beginTool(state, tool, policy);
    if (step.kind !== 'run_tool') return [step];
    if (step.delegate) {
      // Delegations start one at a time: the policy decides on each one by the number of those before it.
      const first = !delegated;
      delegated = true;
      return first ? [step] : [];
    }
    places -= 1;
    return places < 0 ? [] : [step];
  });
}

/** Returns the actions that stop or settle one call of a turn that ends early. */
export function endTool(tool: ToolCall, reason: string, policy: Policy): Step[] {
  const { call, startedAt, child } = tool;
  if (tool.phase === 'settled') return [];
  if (tool.phase === 'due' || tool.phase === 'asked') return [{ kind: 'refuse_tool', call, reason }];
  if (child !== null) return [{ kind: 'cancel_child', call, child, reason }];
  if (tool.phase === 'started') {
    const running = runningToolCall(call);
    return policy.running.has(running) ? [{ kind: 'abort', running }] : lostTool(tool, policy);
  }
  const findable = tool.resumable && !isPoison(tool, policy.limits);
  return [findable ? runTool(tool, tool, true) : { kind: 'give_up_tool', call, startedAt }];
}

function beginTool(state: SessionState, tool: ToolCall, policy: Policy): Step {
  const { call, startedAt } = tool;
  // A call that ended with questions did nothing but ask.
  const due = tool.phase === 'due' || tool.phase === 'asked';
  const verdict = judge(state, tool, policy);
  if (verdict.run && (due || repeatable(verdict))) {
    return question(tool, verdict, policy) ?? runTool(tool, verdict, false);
  }
  if (due && !verdict.run) return { kind: 'refuse_tool', call, reason: verdict.reason };
  // The call was started and must not run again now; a refusal would claim that it never ran.
  return tool.resumable && !verdict.run
    ? runTool(tool, tool, true)
    : { kind: 'give_up_tool', call, startedAt };
}

/** Returns the action that an approval requires before the call may start; undefined when the call may start. */
function question(tool: ToolCall, { ask }: Permission, { now }: Policy): Step | undefined {
  const { call, approval } = tool;
  // Work that continues outside the process was approved when it started, or needed no approval.
  if (tool.phase === 'interrupted' && tool.resumable) return undefined;
  // The approver's denial stands, whatever has been granted meanwhile.
  if (approval?.decision === 'denied' || approval?.decision === 'expired') return notRun(tool, approval);
  if (!ask) return undefined;
  if (isApproved(ask, approval)) return undefined;
  if (approval?.decision !== null) {
    return { kind: 'ask_approval', call, rule: ask.rule, expiresAt: now + ask.patience };
  }
  if (approval.expiresAt <= now) return { kind: 'expire_approval', call, approval: approval.id };
  return { kind: 'wait', until: approval.expiresAt };
}

function notRun({ phase, call, startedAt }: ToolCall, approval: Approval): Step {
  if (phase === 'interrupted') return { kind: 'give_up_tool', call, startedAt };
  return { kind: 'refuse_tool', call, reason: notApproved(approval) };
}

function repeatable({ effect, resumable }: Repeat): boolean {
  return effect !== 'write' || resumable;
}

function judge(state: SessionState, { part }: ToolCall, policy: Policy): Verdict {
  return part.invalid === undefined ? policy.tool(part, state) : { run: false, reason: part.invalid };
}

function runTool(tool: ToolCall, as: Repeat & Pick<Permission, 'delegate'>, stop: boolean): Step {
  const { call, part } = tool;
  const { effect, resumable, delegate = null } = as;
  const [answers, attempt] = [answersOf(tool), tool.attempt + 1];
  return { kind: 'run_tool', call, part, effect, resumable, delegate, answers, attempt, stop };
}

/** Returns the results of the elicitations with which the call last ended; null when it ended with none. */
function answersOf({ asked, questions }: ToolCall): Answers | null {
  if (!asked) return null;
  const round = questions.slice(asked.from).filter(({ live }) => !live);
  const given = round.map(({ inquiry: { key }, decision, content, from, note }) => ({
    ...{ key, decision, content, from, note },
  }));
  return { resume: asked.resume, given };
}

/** Returns the action for the open elicitations of a call: expire a late one, or wait; undefined when none is open. */
function unanswered({ call, questions }: ToolCall, { now }: Policy): Step | undefined {
  const open = questions.filter(({ decision }) => decision === null);
  if (open.length === 0) return undefined;
  const late = open.find(({ expiresAt }) => expiresAt <= now);
  if (late) return { kind: 'expire_approval', call, approval: late.id };
  return { kind: 'wait', until: Math.min(...open.map(({ expiresAt }) => expiresAt)) };
}

/** Returns the actions for a started call. A call that asks while it runs continues when its question has expired. */
function startedTool(tool: ToolCall, policy: Policy): Step[] {
  const lost = lostTool(tool, policy);
  const asks = lost.length > 0 ? undefined : unanswered(tool, policy);
  return asks ? [asks] : lost;
}

/** Returns the loss of a call whose process died; delegated work survives this process and is never lost. */
function lostTool({ call, child, attempt }: ToolCall, policy: Policy): Step[] {
  if (child !== null || policy.running.has(runningToolCall(call))) return [];
  return [{ kind: 'lose_tool_call', call, attempt }];
}

/** Returns the action that gives up an interrupted call because it must not run again; undefined when it may. */
function unrepeatable(tool: ToolCall, limits: Limits): Step | undefined {
  const { phase, call, startedAt, part } = tool;
  if (phase !== 'interrupted') return undefined;
  if (isPoison(tool, limits)) {
    const poison = `the daemon died ${countCrashes(tool)} times during ${part.toolName} (call ${call})`;
    return { kind: 'give_up_tool', call, startedAt, poison };
  }
  return repeatable(tool) ? undefined : { kind: 'give_up_tool', call, startedAt };
}
