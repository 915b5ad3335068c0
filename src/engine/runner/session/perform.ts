import { hash } from 'node:crypto';
import type { ExternalAction } from '../../../core/advance.ts';
import { buildCompactionPrompt } from '../../../core/compaction/prompt.ts';
import { buildPrompt } from '../../../core/history/prompt.ts';
import { describeRefusedCall } from '../../../core/history/wording.ts';
import type { Command, ModelCallEnd, ToolCallEnd } from '../../../core/model/command.ts';
import type { Elicitation, ElicitationResult } from '../../../core/model/elicitation.ts';
import type { FilePart, ModelMessage, ToolOutput } from '../../../core/model/message.ts';
import { createTextContent, joinTexts, listFiles } from '../../../core/model/message.ts';
import type { CompactionRange } from '../../../core/model/next-action.ts';
import type { SessionState } from '../../../core/model/state.ts';
import { takeHead } from '../../../core/model/text.ts';
import { messageOf } from '../../../errors/errors.ts';
import { UnknownSecretError } from '../../../errors/tools.ts';
import { callModel } from '../../../models/call.ts';
import type { AnswerPart, GeneratedFile, ModelRequest, Models } from '../../../models/port/model.ts';
import { makeWellFormed } from '../../../models/prompt/well-formed.ts';
import { truncateOutput } from '../../../tools/outputs/window.ts';
import type { ToolSet } from '../../../tools/port/tool.ts';
import { type Interruption, SETTLE_LIMIT, toolError } from '../../../tools/port/tool.ts';
import { retryUntilDurable } from '../../port/durable.ts';
import { listAncestorAgents, restrictSettings } from '../../port/lineage.ts';
import type { ToolStatus } from '../../port/live-stream.ts';
import { describeTools } from '../../port/offered-tools.ts';
import type { RunnerPorts } from '../../port/ports.ts';
import {
  maskAnswer,
  maskElicitation,
  maskOutput,
  namesMissingSecret,
  sealJson,
  unsealInput,
} from '../../port/secrets.ts';
import type { AgentSettings } from '../../port/settings.ts';
import { storeProducedFile } from './produced-files.ts';
import { StreamedCall } from './streamed-call.ts';
import { TimeLimit } from './time-limit.ts';

type CallModel = Extract<ExternalAction, { kind: 'call_model' }>;
type RunTool = Extract<ExternalAction, { kind: 'run_tool' }>;

/**
 * Asks approvers or clients a question for a running call, and resolves with the elicitation result; never
 * rejects.
 */
export type RequestElicitation = (
  call: string,
  question: Elicitation,
  signal?: AbortSignal,
) => Promise<ElicitationResult>;

/** Bytes of an output for an agent that was removed from the configuration while its call ran. */
const DEFAULT_OUTPUT_BYTES = 16 * 1024;

/** Dependencies of one step while it runs. */
interface StepDeps<Step> {
  ports: RunnerPorts;
  session: string;
  /** The session's state when the step started. */
  state: SessionState;
  step: Step;
  /** Aborted to interrupt the step. */
  controller: AbortController;
  requestElicitation: RequestElicitation;
}

/**
 * Performs one step whose start is durable and resolves with the command that records its end; with
 * `refusal`, a tool call ends without running. Never rejects.
 */
export async function performStep({
  refusal,
  step,
  ...deps
}: StepDeps<CallModel | RunTool> & { refusal: string | undefined }): Promise<Command> {
  if (step.kind === 'call_model') {
    const result = await runModelCall({ ...deps, step }).catch(rejectModelCall);
    return { type: 'end_model_call', step: step.step, result };
  }
  const result: ToolCallEnd =
    refusal === undefined
      ? await runToolCall({ ...deps, step }).catch((error: unknown) => failToolCall(error, deps.ports))
      : { kind: 'finished', output: describeRefusedCall(refusal) };
  return { type: 'end_tool_call', call: step.call, result };
}

async function runModelCall({ ports, session, state, ...deps }: StepDeps<CallModel>): Promise<ModelCallEnd> {
  const { engine, models, tools, settings, secrets, liveStream } = ports;
  const { step, attempt, piece } = deps.step;
  const { signal } = deps.controller;
  const agent = settings().agent(state.agent);
  if (!agent)
    return rejectModelCall(new Error(`the agent "${state.agent}" is no longer in the configuration`));
  const limitedBy = async (own: AgentSettings) =>
    restrictSettings(settings(), state.agent, await listAncestorAgents(engine.sessions, session)) ?? own;
  if (!piece) liveStream.startCall(session, step, attempt);
  const streamed = new StreamedCall(step, secrets());
  try {
    const request = {
      ...(piece
        ? buildSummaryRequest(models, agent, state.history, piece)
        : await buildAnswerRequest(models, tools, await limitedBy(agent), state)),
      fill: state.size.tokens / agent.compaction.window,
      signal,
      readFile: ({ blob, bytes }: FilePart) => engine.sessions.readBlob(blob, 0, bytes),
      storeFile: (file: GeneratedFile) => storeProducedFile(ports, session, file),
      onPart: (part: AnswerPart) => {
        const shown = piece ? undefined : streamed.toStreamPart(part);
        if (shown) liveStream.appendPart(session, shown, step, attempt);
      },
    };
    const end = await callModel(request, { idleTimeout: settings().modelSilence });
    for (const part of streamed.takeRest()) if (!piece) liveStream.appendPart(session, part, step, attempt);
    const { hide } = secrets();
    return end.kind === 'finished'
      ? { ...end, content: maskAnswer(end.content, secrets()) }
      : { ...end, reason: hide(end.reason), partial: hide(end.partial) };
  } finally {
    liveStream.endCall(session, step, attempt);
  }
}

type Request = Omit<ModelRequest, 'signal' | 'onPart' | 'readFile' | 'storeFile'>;

async function buildAnswerRequest(
  models: Models,
  tools: ToolSet,
  agent: AgentSettings,
  state: SessionState,
): Promise<Request> {
  return {
    model: models.get(agent.model),
    instructions: await agent.instructions(),
    history: buildPrompt(state),
    tools: describeTools(tools, agent),
    ...(agent.maxOutputTokens === undefined ? {} : { maxOutputTokens: agent.maxOutputTokens }),
  };
}

/**
 * Builds the request for a summary. It omits the agent's output limit, which may be too short for a summary
 * or larger than this model allows.
 */
function buildSummaryRequest(
  models: Models,
  { compaction }: AgentSettings,
  history: readonly ModelMessage[],
  { from, count, budget }: CompactionRange,
): Request {
  return {
    model: models.get(compaction.model),
    instructions: '',
    history: buildCompactionPrompt(history.slice(from, from + count), budget),
    tools: [],
  };
}

/** Ends a model call that failed before the provider was asked; a retry would fail in the same way. */
function rejectModelCall(error: unknown): ModelCallEnd {
  return { kind: 'interrupted', cause: 'rejected', reason: messageOf(error), partial: '' };
}

function failToolCall(error: unknown, { secrets }: RunnerPorts): ToolCallEnd {
  return {
    kind: 'finished',
    output: maskOutput(toolError(`The tool failed: ${messageOf(error)}`), secrets()),
  };
}

async function runToolCall({
  ports,
  session,
  state: { agent },
  step,
  controller,
  requestElicitation,
}: StepDeps<RunTool>): Promise<ToolCallEnd> {
  const { call, part, attempt, stop, answers } = step;
  const tool = ports.tools.get(part.toolName);
  if (!tool) return failToolCall(new Error(`the tool "${part.toolName}" no longer exists`), ports);
  const { signal } = controller;
  const input = unsealInput(part.input, ports.secrets());
  if (attempt === 1 && namesMissingSecret(input)) return failToolCall(new UnknownSecretError(), ports);
  const timeLimit = tool.timeout?.(input) ?? ports.settings().toolTimeout;
  if (stop) controller.abort('cancelled' satisfies Interruption);
  const limit = new TimeLimit(ports.clock, timeLimit, () =>
    controller.abort('timeout' satisfies Interruption),
  );
  try {
    const key = idempotencyKey(ports.engine.store, session, call);
    const output = await Promise.race([
      tool.run(input, {
        ...{ session, call, key, attempt, signal },
        ...(answers ? { answers: { ...answers, resume: unsealInput(answers.resume, ports.secrets()) } } : {}),
        ask: (question, withdrawn) =>
          limit.pauseDuring(() =>
            requestElicitation(call, maskElicitation(question, ports.secrets()), withdrawn),
          ),
        storeFile: (file) => storeProducedFile(ports, session, file),
        report: (status) => showStatus(ports, session, { call, attempt, text: status }),
      }),
      resolveWhenAbandoned(ports, signal, part.toolName),
    ]);
    if (output.type === 'questions') {
      const questions = output.questions.map((each) => maskElicitation(each, ports.secrets()));
      return { kind: 'asked', questions, resume: sealJson(output.resume, ports.secrets()) };
    }
    if (signal.reason === 'detach' && (tool.resumable || isFailure(output))) return { kind: 'interrupted' };
    const size = ports.settings().agent(agent)?.toolOutput ?? DEFAULT_OUTPUT_BYTES;
    return await storeOutput(ports, session, call, maskOutput(makeWellFormed(output), ports.secrets()), size);
  } finally {
    limit.cancelTimer();
    ports.liveStream.endToolStatus(session, call);
  }
}

/** Characters of a status that followers see. */
const MAX_STATUS_LENGTH = 500;

function showStatus({ liveStream, secrets }: RunnerPorts, session: string, status: ToolStatus): void {
  const text = takeHead(secrets().hide(status.text).toWellFormed(), MAX_STATUS_LENGTH);
  liveStream.setToolStatus(session, { ...status, text });
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
function resolveWhenAbandoned(
  { clock }: RunnerPorts,
  signal: AbortSignal,
  name: string,
): Promise<ToolOutput> {
  return new Promise((resolve) => {
    const giveUp = () =>
      clock.after(SETTLE_LIMIT, () =>
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
async function storeOutput(
  ports: RunnerPorts,
  session: string,
  call: string,
  output: ToolOutput,
  limit: number,
): Promise<ToolCallEnd> {
  if (output.type === 'execution-denied') return { kind: 'finished', output };
  const files = output.type === 'content' ? listFiles(output.value) : [];
  const text = textOf(output);
  const view = truncateOutput(text, limit, call);
  if (!view.truncated) return { kind: 'finished', output };
  const data = Buffer.from(text);
  const id = hash('sha256', data, 'hex');
  const about = { name: `output-${call}.txt`, mediaType: 'text/plain', at: ports.clock.now() };
  await retryUntilDurable(
    ports,
    session,
    async () => void (await ports.engine.sessions.putBlob({ id, data, ...about })),
  );
  const blob = { id, bytes: data.length };
  if (files.length > 0) {
    const value = [...createTextContent(view.text), ...files];
    return { kind: 'finished', output: { type: 'content', value }, blob };
  }
  // A truncated JSON value is no longer JSON.
  const type = output.type === 'error-text' ? output.type : 'text';
  return { kind: 'finished', output: { type, value: view.text }, blob };
}

function textOf(output: Exclude<ToolOutput, { type: 'execution-denied' }>): string {
  if (output.type === 'json') return JSON.stringify(output.value);
  return output.type === 'content' ? joinTexts(output.value) : output.value;
}
