import type { Json, ToolCallPart } from '../core/model/message.ts';
import {
  type CallVerdict,
  isApproved,
  type NextAction,
  type RunPermission,
} from '../core/model/next-action.ts';
import type { SessionState } from '../core/model/state.ts';
import type { Tool, ToolSet } from '../tools/port/tool.ts';
import { mapJson } from '../util/lossless-json.ts';
import type { AgentPermissions } from './decision.ts';

/** Everything that the verdict on a call depends on besides the session's state. */
export interface CallPolicies {
  tools: ToolSet;
  /** The agent of the session, as the agents above it restrict it; absent when it is no longer configured. */
  agent: { permissions: AgentPermissions; limits: DelegateLimits } | undefined;
  /** Rules of the grants that approvers have given to this agent. */
  granted: readonly string[];
  secrets: SealPort;
}

export interface DelegateLimits {
  /** How deep delegation may be nested below a session that clients talk to. */
  delegateDepth: number;
  /** Sessions that one turn may create by delegation. */
  children: number;
}

/** Replaces secrets in texts by names for them, and back. Stored calls and rules are sealed; rules are not. */
interface SealPort {
  close(text: string): string;
  open(text: string): string;
}

/**
 * Answers whether a call may run, and what it does then. This is the only place that decides it:
 * 1. An agent that is no longer configured, or a tool that does not exist, refuses the call.
 * 2. A `deny` rule refuses it. Example: `"shell(rm *)": "deny"` refuses `rm -r build`.
 * 3. An `allow` rule runs it, unless it delegates deeper or more often than the limits allow.
 * 4. An `ask` rule runs it when a grant covers it; otherwise an approver is asked first.
 */
export function judgeCall(
  { tools, agent, granted, secrets }: CallPolicies,
  sealed: ToolCallPart,
  state: SessionState,
): CallVerdict {
  if (!agent) return refuseCall('the agent is no longer in the configuration');
  const tool = tools.get(sealed.toolName);
  if (!tool) return refuseCall(`there is no tool "${sealed.toolName}"`);
  const input = mapJson(sealed.input, secrets.open);
  const decision = agent.permissions.decideOnCall(tool.name, input);
  if (decision.verdict === 'deny') {
    return refuseCall(`the operator does not allow this agent to use ${decision.rule}`);
  }
  const work = judgeWork(tool, agent.limits, input, sealed.input, state);
  if (!work.run || decision.verdict === 'allow') return work;
  const { rule, patience, isGrantedBy, holds } = decision;
  if (granted.some((each) => isGrantedBy(secrets.open(each)))) return work;
  const ask = {
    rule: secrets.close(rule),
    patience,
    ...(holds ? { holds: (given: string) => holds(secrets.open(given)) } : {}),
  };
  return { ...work, ask };
}

/**
 * Returns why a call whose start is durable must not run after all, because recording it may have taken long;
 * `undefined` when it may run. Applies only to the first attempt: a later one may already have had an effect.
 */
export function findLateRefusal(
  policies: CallPolicies,
  { call, part, attempt, stop }: Extract<NextAction, { kind: 'run_tool' }>,
  state: SessionState,
): string | undefined {
  if (stop || attempt > 1) return undefined;
  const verdict = judgeCall(policies, part, state);
  if (!verdict.run) return verdict.reason;
  const tool = state.turn?.tools.find((each) => each.call === call);
  if (!verdict.ask || isApproved(verdict.ask, tool?.approval)) return undefined;
  return `${verdict.ask.rule} needs an approval now; call again to ask for it`;
}

/** Returns what the permitted call does, or a refusal when it delegates further than the limits allow. */
function judgeWork(
  tool: Tool,
  limits: DelegateLimits,
  input: Json,
  sealed: Json,
  state: SessionState,
): CallVerdict {
  const work: RunPermission = { run: true, effect: tool.effect(input), resumable: tool.resumable ?? false };
  const delegate = tool.delegate?.(sealed);
  if (!delegate) return work;
  if (typeof delegate === 'string') return refuseCall(delegate);
  if (state.depth >= limits.delegateDepth) {
    return refuseCall(`sessions may be nested ${limits.delegateDepth} deep (limits.delegateDepth)`);
  }
  if ((state.turn?.children ?? 0) >= limits.children) {
    return refuseCall(`a turn may begin ${limits.children} other sessions (limits.children)`);
  }
  return { ...work, delegate };
}

function refuseCall(reason: string): CallVerdict {
  return { run: false, reason };
}
