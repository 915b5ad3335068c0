import { notApproved } from './history/wording.ts';
import { countCrashes, isPoison } from './model/crashes.ts';
import type { Answers } from './model/elicitation.ts';
import type { Limits, Permission, Policy, Repeat, Step, Verdict } from './model/next-action.ts';
import { isApproved, runningToolCall } from './model/next-action.ts';
import type { Approval, SessionState, ToolCall, Turn } from './model/state.ts';

/**
 * What the tool calls of the open turn ask for. A call goes from `due`, through a question to people where the policy
 * wants one, to `started`, and to `settled` by a result, a refusal or "outcome unknown". One that ends with questions of
 * its own is `asked`, and `started` again with the answers. Calls beyond the parallel limit wait for a place; those that
 * wait for people or for another session take none.
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
      // One at a time: whether there may be another one depends on how many there are.
      const first = !delegated;
      delegated = true;
      return first ? [step] : [];
    }
    places -= 1;
    return places < 0 ? [] : [step];
  });
}

/** The way out of a turn that is to end early: stop what runs, settle every call. */
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
  // A call that has ended with questions did nothing but ask.
  const due = tool.phase === 'due' || tool.phase === 'asked';
  const verdict = judge(state, tool, policy);
  if (verdict.run && (due || repeatable(verdict))) {
    return question(tool, verdict, policy) ?? runTool(tool, verdict, false);
  }
  if (due && !verdict.run) return { kind: 'refuse_tool', call, reason: verdict.reason };
  // It was begun and may not be run again now; to say that it was not run would be untrue.
  return tool.resumable && !verdict.run
    ? runTool(tool, tool, true)
    : { kind: 'give_up_tool', call, startedAt };
}

/** What stands between the call and its start when somebody has to approve it. */
function question(tool: ToolCall, { ask }: Permission, { now }: Policy): Step | undefined {
  const { call, approval } = tool;
  // Work that goes on outside was approved when it began, or did not need to be.
  if (tool.phase === 'interrupted' && tool.resumable) return undefined;
  // Somebody said no, whatever is granted meanwhile.
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

/** Of the questions with which the call has ended last. */
function answersOf({ asked, questions }: ToolCall): Answers | null {
  if (!asked) return null;
  const round = questions.slice(asked.from).filter(({ live }) => !live);
  const given = round.map(({ inquiry: { key }, decision, content, from, note }) => ({
    ...{ key, decision, content, from, note },
  }));
  return { resume: asked.resume, given };
}

/** Questions of the tool itself that nobody has answered. */
function unanswered({ call, questions }: ToolCall, { now }: Policy): Step | undefined {
  const open = questions.filter(({ decision }) => decision === null);
  if (open.length === 0) return undefined;
  const late = open.find(({ expiresAt }) => expiresAt <= now);
  if (late) return { kind: 'expire_approval', call, approval: late.id };
  return { kind: 'wait', until: Math.min(...open.map(({ expiresAt }) => expiresAt)) };
}

/** One that runs and asks goes on when its question has expired. */
function startedTool(tool: ToolCall, policy: Policy): Step[] {
  const lost = lostTool(tool, policy);
  const asks = lost.length > 0 ? undefined : unanswered(tool, policy);
  return asks ? [asks] : lost;
}

/** What another session does goes on whatever happens to this process. */
function lostTool({ call, child, attempt }: ToolCall, policy: Policy): Step[] {
  if (child !== null || policy.running.has(runningToolCall(call))) return [];
  return [{ kind: 'lose_tool_call', call, attempt }];
}

/** An interrupted call that must not, or not once more, be run again. */
function unrepeatable(tool: ToolCall, limits: Limits): Step | undefined {
  const { phase, call, startedAt, part } = tool;
  if (phase !== 'interrupted') return undefined;
  if (isPoison(tool, limits)) {
    const poison = `the daemon died ${countCrashes(tool)} times during ${part.toolName} (call ${call})`;
    return { kind: 'give_up_tool', call, startedAt, poison };
  }
  return repeatable(tool) ? undefined : { kind: 'give_up_tool', call, startedAt };
}
