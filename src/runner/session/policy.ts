import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider';
import type { Json, ToolCallPart } from '../../core/model/message.ts';
import { isApproved, type Permission, type Step, type Verdict } from '../../core/model/next-action.ts';
import type { SessionState } from '../../core/model/state.ts';
import type { Tool, ToolSet } from '../../tools/port/tool.ts';
import { openInput, type SecretPort } from '../port/secrets.ts';
import type { AgentSettings } from '../port/settings.ts';

/** What a call is judged by. */
export interface Policies {
  tools: ToolSet;
  agent: AgentSettings | undefined;
  /** The rules that people have granted. */
  granted: readonly string[];
  secrets: SecretPort;
}

/** May this call run now, what would it do to the world, and who has to be asked first? */
export function judge(
  { secrets, ...policies }: Policies,
  sealed: ToolCallPart,
  state: SessionState,
): Verdict {
  const { tools, agent, granted } = policies;
  const part = { ...sealed, input: openInput(sealed.input, secrets) };
  const tool = tools.get(part.toolName);
  if (!agent) return refusal('the agent is not in the configuration any more');
  if (!tool) return refusal(`there is no tool "${part.toolName}"`);
  const permit = agent.permit(tool.name, part.input);
  if (permit.verdict === 'deny') {
    return refusal(`the operator does not allow this agent to use ${permit.rule}`);
  }
  const work = workOf(tool, agent, part.input, sealed.input, state);
  if (!work.run || permit.verdict === 'allow') return work;
  const { rule, patience, grantedBy, holds } = permit;
  if (granted.some((each) => grantedBy(secrets.open(each)))) return work;
  const ask = {
    rule: secrets.close(rule),
    patience,
    ...(holds ? { holds: (given: string) => holds(secrets.open(given)) } : {}),
  };
  return { ...work, ask };
}

/**
 * Why a call whose start is durable must not be run after all, if so: recording it may have taken long. Of a later
 * attempt it would be untrue to say that nothing was run.
 */
export function refusedMeanwhile(
  policies: Policies,
  { call, part, attempt, stop }: Extract<Step, { kind: 'run_tool' }>,
  state: SessionState,
): string | undefined {
  if (stop || attempt > 1) return undefined;
  const verdict = judge(policies, part, state);
  if (!verdict.run) return verdict.reason;
  const tool = state.turn?.tools.find((each) => each.call === call);
  if (!verdict.ask || isApproved(verdict.ask, tool?.approval)) return undefined;
  return `${verdict.ask.rule} needs an approval now; call again to ask for it`;
}

function workOf(
  tool: Tool,
  { limits }: AgentSettings,
  input: Json,
  sealed: Json,
  state: SessionState,
): Verdict {
  const work: Permission = { run: true, effect: tool.effect(input), resumable: tool.resumable ?? false };
  const delegate = tool.delegate?.(sealed);
  if (!delegate) return work;
  if (typeof delegate === 'string') return refusal(delegate);
  if (state.depth >= limits.delegateDepth) {
    return refusal(`sessions may be nested ${limits.delegateDepth} deep (limits.delegateDepth)`);
  }
  if ((state.turn?.children ?? 0) >= limits.children) {
    return refusal(`a turn may begin ${limits.children} other sessions (limits.children)`);
  }
  return { ...work, delegate };
}

function refusal(reason: string): Verdict {
  return { run: false, reason };
}

/** The tools that the model is told about: those that it may use, if only after asking. */
export function describeTools(tools: ToolSet, agent: AgentSettings): LanguageModelV4FunctionTool[] {
  return tools
    .list()
    .filter((tool) => agent.mayUse(tool.name))
    .map(({ name, description, inputSchema }) => ({ type: 'function', name, description, inputSchema }));
}
