import { hash } from 'node:crypto';
import type { WorldStep } from '../../core/advance.ts';
import { compactionPrompt } from '../../core/compaction/prompt.ts';
import { promptOf } from '../../core/history/prompt.ts';
import { refused } from '../../core/history/wording.ts';
import type { Command, ModelEnd, ToolEnd } from '../../core/model/command.ts';
import type { Answer, Inquiry } from '../../core/model/elicitation.ts';
import type { Message, ToolOutput } from '../../core/model/message.ts';
import type { CompactionPiece } from '../../core/model/next-action.ts';
import type { SessionState } from '../../core/model/state.ts';
import { messageOf } from '../../errors/errors.ts';
import { UnknownSecretError } from '../../errors/tools.ts';
import { callModel } from '../../models/call.ts';
import type { ModelRequest, Models } from '../../models/port/model.ts';
import { makeWellFormed } from '../../models/prompt/well-formed.ts';
import type { ToolSet } from '../../tools/port/tool.ts';
import { type Interruption, SETTLE, toolError } from '../../tools/port/tool.ts';
import { window } from '../../tools/port/window.ts';
import { untilDurable } from '../port/durable.ts';
import type { RunnerPorts } from '../port/ports.ts';
import { hideOutput, lacksSecret, openInput, sealCalls } from '../port/secrets.ts';
import type { AgentSettings } from '../port/settings.ts';
import { agentsAbove, settingsBelow } from './lineage.ts';
import { describeTools } from './policy.ts';
import { TimeLimit } from './time-limit.ts';

type CallModel = Extract<WorldStep, { kind: 'call_model' }>;
type RunTool = Extract<WorldStep, { kind: 'run_tool' }>;

/**
 * Asks approvers or clients a question for a running call, and resolves with the elicitation result; never
 * rejects.
 */
export type Ask = (call: string, question: Inquiry, signal?: AbortSignal) => Promise<Answer>;

/** Bytes of an output for an agent that was removed from the configuration while its call ran. */
const DEFAULT_OUTPUT = 16 * 1024;

/**
 * Performs one step whose start is durable and resolves with the command that records its end; with
 * `refusal`, a tool call ends without running. Never rejects.
 */
export async function perform(
  ports: RunnerPorts,
  session: string,
  state: SessionState,
  step: CallModel | RunTool,
  controller: AbortController,
  ask: Ask,
  refusal?: string,
): Promise<Command> {
  if (step.kind === 'call_model') {
    const result = await modelCall(ports, session, state, step, controller.signal).catch(rejected);
    return { type: 'end_model_call', step: step.step, result };
  }
  const result: ToolEnd =
    refusal === undefined
      ? await toolCall(ports, session, state.agent, step, controller, ask).catch((error: unknown) =>
          failed(error, ports),
        )
      : { kind: 'finished', output: refused(refusal) };
  return { type: 'end_tool_call', call: step.call, result };
}

async function modelCall(
  { journal, models, tools, settings, secrets, liveText }: RunnerPorts,
  session: string,
  state: SessionState,
  { step, attempt, piece }: CallModel,
  signal: AbortSignal,
): Promise<ModelEnd> {
  const agent = settings().agent(state.agent);
  if (!agent) return rejected(new Error(`the agent "${state.agent}" is no longer in the configuration`));
  const limitedBy = async (own: AgentSettings) =>
    settingsBelow(settings(), state.agent, await agentsAbove(journal, session)) ?? own;
  if (!piece) liveText.begin(session, step, attempt);
  try {
    const request = {
      ...(piece
        ? summaryRequest(models, agent, state.history, piece)
        : await answerRequest(models, tools, await limitedBy(agent), state)),
      fill: state.size.tokens / agent.compaction.window,
      signal,
      onText: (delta: string) => {
        if (!piece) liveText.add(session, delta, step, attempt);
      },
    };
    const end = await callModel(request, { idleTimeout: settings().modelSilence });
    return end.kind === 'finished' ? { ...end, content: sealCalls(end.content, secrets()) } : end;
  } finally {
    liveText.end(session, step, attempt);
  }
}

type Request = Omit<ModelRequest, 'signal' | 'onText'>;

async function answerRequest(
  models: Models,
  tools: ToolSet,
  agent: AgentSettings,
  state: SessionState,
): Promise<Request> {
  return {
    model: models.get(agent.model),
    instructions: await agent.instructions(),
    history: promptOf(state),
    tools: describeTools(tools, agent),
    ...(agent.maxOutputTokens === undefined ? {} : { maxOutputTokens: agent.maxOutputTokens }),
  };
}

/**
 * Builds the request for a summary. It omits the agent's output limit, which may be too short for a summary
 * or larger than this model allows.
 */
function summaryRequest(
  models: Models,
  { compaction }: AgentSettings,
  history: readonly Message[],
  { from, count, budget }: CompactionPiece,
): Request {
  return {
    model: models.get(compaction.model),
    instructions: '',
    history: compactionPrompt(history.slice(from, from + count), budget),
    tools: [],
  };
}

/** Ends a model call that failed before the provider was asked; a retry would fail in the same way. */
function rejected(error: unknown): ModelEnd {
  return { kind: 'interrupted', cause: 'rejected', reason: messageOf(error), partial: '' };
}

function failed(error: unknown, { secrets }: RunnerPorts): ToolEnd {
  return {
    kind: 'finished',
    output: hideOutput(toolError(`The tool failed: ${messageOf(error)}`), secrets()),
  };
}

async function toolCall(
  ports: RunnerPorts,
  session: string,
  agent: string,
  step: RunTool,
  controller: AbortController,
  ask: Ask,
): Promise<ToolEnd> {
  const { call, part, attempt, stop, answers } = step;
  const tool = ports.tools.get(part.toolName);
  if (!tool) return failed(new Error(`the tool "${part.toolName}" no longer exists`), ports);
  const { signal } = controller;
  const input = openInput(part.input, ports.secrets());
  if (attempt === 1 && lacksSecret(input)) return failed(new UnknownSecretError(), ports);
  const timeLimit = tool.timeout?.(input) ?? ports.settings().toolTimeout;
  if (stop) controller.abort('cancelled' satisfies Interruption);
  const limit = new TimeLimit(ports.clock, timeLimit, () =>
    controller.abort('timeout' satisfies Interruption),
  );
  try {
    const key = idempotencyKey(ports.journal.store, session, call);
    const output = await Promise.race([
      tool.run(input, {
        ...{ session, call, key, attempt, signal },
        ...(answers ? { answers } : {}),
        ask: (question, withdrawn) => limit.without(() => ask(call, question, withdrawn)),
      }),
      abandoned(ports, signal, part.toolName),
    ]);
    if (output.type === 'questions') {
      return { kind: 'asked', questions: output.questions, resume: output.resume };
    }
    if (signal.reason === 'detach' && (tool.resumable || isFailure(output))) return { kind: 'interrupted' };
    const size = ports.settings().agent(agent)?.toolOutput ?? DEFAULT_OUTPUT;
    return await stored(ports, session, call, hideOutput(makeWellFormed(output), ports.secrets()), size);
  } finally {
    limit.end();
  }
}

/**
 * Checks whether a tool failed. A tool that was interrupted returns a failure; one that finished all the same
 * returns its result.
 */
function isFailure({ type }: ToolOutput): boolean {
  return type === 'error-text' || type === 'execution-denied';
}

/**
 * Returns the idempotency key that tools pass to the services they call: the same for every attempt, safe as
 * a file name and a header.
 */
export function idempotencyKey(store: string, session: string, call: string): string {
  return hash('sha256', `${store}\n${session}\n${call}`, 'base64url').slice(0, 32);
}

/**
 * Resolves with a tool error some time after the signal aborts, so that a tool that does not stop never
 * blocks the turn.
 */
function abandoned({ clock }: RunnerPorts, signal: AbortSignal, name: string): Promise<ToolOutput> {
  return new Promise((resolve) => {
    const giveUp = () =>
      clock.after(SETTLE, () =>
        resolve(toolError(`${name} did not stop when it was asked to (${signal.reason}).`)),
      );
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
}

/**
 * Stores a long output in a blob, durable before the event that names it, and shortens the output for the
 * model.
 */
async function stored(
  ports: RunnerPorts,
  session: string,
  call: string,
  output: ToolOutput,
  limit: number,
): Promise<ToolEnd> {
  if (output.type === 'execution-denied') return { kind: 'finished', output };
  const text = output.type === 'json' ? JSON.stringify(output.value) : output.value;
  const view = window(text, limit, call);
  if (!view.truncated) return { kind: 'finished', output };
  const data = Buffer.from(text);
  const id = hash('sha256', data, 'hex');
  await untilDurable(ports, session, () => ports.journal.putBlob(id, data));
  // A truncated JSON value is no longer JSON.
  const type = output.type === 'json' ? 'text' : output.type;
  return { kind: 'finished', output: { type, value: view.text }, blob: { id, bytes: data.length } };
}
