import { describeMissingApproval } from './history/wording.ts';
import { countCrashes, isPoisonStep } from './model/crashes.ts';
import type { CallResumption } from './model/elicitation.ts';
import type {
  CallVerdict,
  Environment,
  Limits,
  NextAction,
  RetrySafety,
  RunPermission,
} from './model/next-action.ts';
import { isApproved } from './model/next-action.ts';
import type { Approval, SessionState, ToolCall, Turn } from './model/state.ts';
import { runningToolCall } from './steps/running-steps.ts';

/**
 * Returns the next actions of the open turn's tool calls:
 *   1. A call goes from `due`, through an approval where the policy requires one, to `started`, and to `settled` by a
 *      result, a refusal or "outcome unknown".
 *   2. A call that ends with elicitations is `asked`, and `started` again with their results.
 *   3. Calls beyond the parallel limit wait for a free slot; waiting for an approver or another session uses none.
 */
export function planToolActions(state: SessionState, turn: Turn, policy: Environment): NextAction[] {
  const busy = turn.tools.filter((tool) => tool.phase === 'started' && tool.child === null);
  let places = policy.limits.parallelTools - busy.length;
  let delegated = false;
  return turn.tools.flatMap((tool): NextAction[] => {
    if (tool.phase === 'settled') return [];
    if (tool.phase === 'started') return watchStartedTool(tool, policy);
    const step =
      awaitElicitations(tool, policy) ??
      giveUpUnrepeatable(tool, policy.limits) ??
      startToolCall(state, tool, policy);
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
export function stopToolCall(tool: ToolCall, reason: string, policy: Environment): NextAction[] {
  const { call, startedAt, child } = tool;
  if (tool.phase === 'settled') return [];
  if (tool.phase === 'due' || tool.phase === 'asked') return [{ kind: 'refuse_tool', call, reason }];
  if (child !== null) return [{ kind: 'cancel_child', call, child, reason }];
  if (tool.phase === 'started') {
    const running = runningToolCall(call);
    return policy.running.has(running) ? [{ kind: 'abort', running }] : loseToolCall(tool, policy);
  }
  const findable = tool.resumable && !isPoisonStep(tool, policy.limits);
  return [findable ? runTool(tool, tool, true) : { kind: 'give_up_tool', call, startedAt }];
}

function startToolCall(state: SessionState, tool: ToolCall, policy: Environment): NextAction {
  const { call, startedAt } = tool;
  // A call that ended with questions did nothing but ask.
  const due = tool.phase === 'due' || tool.phase === 'asked';
  const verdict = judgeCall(state, tool, policy);
  if (verdict.run && (due || isRepeatable(verdict))) {
    return planApproval(tool, verdict, policy) ?? runTool(tool, verdict, false);
  }
  if (due && !verdict.run) return { kind: 'refuse_tool', call, reason: verdict.reason };
  // The call was started and must not run again now; a refusal would claim that it never ran.
  return tool.resumable && !verdict.run
    ? runTool(tool, tool, true)
    : { kind: 'give_up_tool', call, startedAt };
}

/** Returns the action that an approval requires before the call may start; undefined when the call may start. */
function planApproval(tool: ToolCall, { ask }: RunPermission, { now }: Environment): NextAction | undefined {
  const { call, approval } = tool;
  // Work that continues outside the process was approved when it started, or needed no approval.
  if (tool.phase === 'interrupted' && tool.resumable) return undefined;
  // The approver's denial stands, whatever has been granted meanwhile.
  if (approval?.decision === 'denied' || approval?.decision === 'expired')
    return refuseUnapproved(tool, approval);
  if (!ask) return undefined;
  if (isApproved(ask, approval)) return undefined;
  if (approval?.decision !== null) {
    return { kind: 'ask_approval', call, rule: ask.rule, expiresAt: now + ask.patience };
  }
  if (approval.expiresAt <= now) return { kind: 'expire_approval', call, approval: approval.id };
  return { kind: 'wait', until: approval.expiresAt };
}

function refuseUnapproved({ phase, call, startedAt }: ToolCall, approval: Approval): NextAction {
  if (phase === 'interrupted') return { kind: 'give_up_tool', call, startedAt };
  return { kind: 'refuse_tool', call, reason: describeMissingApproval(approval) };
}

function isRepeatable({ effect, resumable }: RetrySafety): boolean {
  return effect !== 'write' || resumable;
}

function judgeCall(state: SessionState, { part }: ToolCall, policy: Environment): CallVerdict {
  return part.invalid === undefined ? policy.tool(part, state) : { run: false, reason: part.invalid };
}

function runTool(
  tool: ToolCall,
  as: RetrySafety & Pick<RunPermission, 'delegate'>,
  stop: boolean,
): NextAction {
  const { call, part } = tool;
  const { effect, resumable, delegate = null } = as;
  const [answers, attempt] = [buildResumption(tool), tool.attempt + 1];
  return { kind: 'run_tool', call, part, effect, resumable, delegate, answers, attempt, stop };
}

/** Returns the results of the elicitations with which the call last ended; null when it ended with none. */
function buildResumption({ asked, questions }: ToolCall): CallResumption | null {
  if (!asked) return null;
  const round = questions.slice(asked.from).filter(({ live }) => !live);
  const given = round.map(({ inquiry: { key }, decision, content, from, note }) => ({
    ...{ key, decision, content, from, note },
  }));
  return { resume: asked.resume, given };
}

/** Returns the action for the open elicitations of a call: expire a late one, or wait; undefined when none is open. */
function awaitElicitations({ call, questions }: ToolCall, { now }: Environment): NextAction | undefined {
  const open = questions.filter(({ decision }) => decision === null);
  if (open.length === 0) return undefined;
  const late = open.find(({ expiresAt }) => expiresAt <= now);
  if (late) return { kind: 'expire_approval', call, approval: late.id };
  return { kind: 'wait', until: Math.min(...open.map(({ expiresAt }) => expiresAt)) };
}

/** Returns the actions for a started call. A call that asks while it runs continues when its question has expired. */
function watchStartedTool(tool: ToolCall, policy: Environment): NextAction[] {
  const lost = loseToolCall(tool, policy);
  const asks = lost.length > 0 ? undefined : awaitElicitations(tool, policy);
  return asks ? [asks] : lost;
}

/** Returns the loss of a call whose process died; delegated work survives this process and is never lost. */
function loseToolCall({ call, child, attempt }: ToolCall, policy: Environment): NextAction[] {
  if (child !== null || policy.running.has(runningToolCall(call))) return [];
  return [{ kind: 'lose_tool_call', call, attempt }];
}

/** Returns the action that gives up an interrupted call because it must not run again; undefined when it may. */
function giveUpUnrepeatable(tool: ToolCall, limits: Limits): NextAction | undefined {
  const { phase, call, startedAt, part } = tool;
  if (phase !== 'interrupted') return undefined;
  if (isPoisonStep(tool, limits)) {
    const poison = `the daemon died ${countCrashes(tool)} times during ${part.toolName} (call ${call})`;
    return { kind: 'give_up_tool', call, startedAt, poison };
  }
  return isRepeatable(tool) ? undefined : { kind: 'give_up_tool', call, startedAt };
}
