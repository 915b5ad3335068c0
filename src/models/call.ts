import type { LanguageModelV4StreamPart, LanguageModelV4Usage } from '@ai-sdk/provider';
import type { TokenUsage } from '../core/model/events.ts';
import { takeHead } from '../core/model/text.ts';
import { ModelAnswer } from './answer.ts';
import { CallGuard, type StopCause } from './call-guard.ts';
import { classifyModelError } from './failure/failure.ts';
import { readEnding, type StreamEnding } from './finish.ts';
import type { ModelRequest, ModelResult } from './port/model.ts';
import { isFileRefusal, isTaken, listPromptFiles, loadPromptFiles, NO_FILES } from './prompt/files.ts';
import { toPrompt } from './prompt/prompt.ts';
import { addToolNames, selectAcceptedTools } from './prompt/tools.ts';

export interface ModelCallOptions {
  /** Milliseconds without any part of the answer after which the call counts as cut off. Default 120 000. */
  idleTimeout?: number;
}

type Finish = Extract<LanguageModelV4StreamPart, { type: 'finish' }>;
type Interrupted = Extract<ModelResult, { kind: 'interrupted' }>;

/**
 * Makes one model call and reads its stream to the end. Never rejects and never retries, because retries must be
 * durable and are left to the runner. An answer is `finished` only when the provider declared its end; a stream
 * that merely stops is `interrupted`.
 */
export async function callModel(request: ModelRequest, options: ModelCallOptions = {}): Promise<ModelResult> {
  const result = await attemptCall(request, options);
  if (!rememberRefusedFiles(request, result)) return result;
  return attemptCall(request, options);
}

/**
 * Notes why the provider refused a request that carried files, if it was because of them. Returns true when the
 * request can be made again without them: nothing of an answer has arrived.
 */
function rememberRefusedFiles({ model, history, readFile }: ModelRequest, result: ModelResult): boolean {
  if (!model.files || !readFile || result.kind !== 'interrupted' || result.cause !== 'rejected') return false;
  if (!isFileRefusal(result.reason) || result.partial !== '') return false;
  const { modalities, refused } = model.files;
  const sent = listPromptFiles(history).filter(
    (file) => !refused.has(file.blob) && isTaken(file, modalities),
  );
  for (const { blob } of sent) refused.set(blob, result.reason);
  return sent.length > 0;
}

async function attemptCall(request: ModelRequest, options: ModelCallOptions): Promise<ModelResult> {
  const guard = new CallGuard(request.signal, options.idleTimeout ?? 120_000);
  const answer = new ModelAnswer(request.onPart);
  try {
    const finish = await readStream(request, guard, answer);
    const ending = finish && readEnding(finish.finishReason);
    if (finish && ending && isComplete(ending, answer))
      return await toFinished(request, finish, ending, answer);
    return toCutOff(request, guard, answer, finish, ending);
  } catch (error) {
    return toFailed(request, guard, answer, error);
  } finally {
    guard.dispose();
  }
}

/**
 * Reads the stream into `answer`; resolves with the provider's finish part, or null when the stream ended without
 * one.
 */
async function readStream(
  request: ModelRequest,
  guard: CallGuard,
  answer: ModelAnswer,
): Promise<Finish | null> {
  const reader = (await openStream(request, guard)).getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  guard.signal.addEventListener('abort', cancel, { once: true });
  if (guard.stop) cancel();
  let finish: Finish | null = null;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return finish;
      finish = acceptPart(value, finish, guard, answer);
    }
  } catch (error) {
    cancel();
    // The connection broke after the finish part, so the answer is complete.
    if (finish) return finish;
    throw error;
  }
}

/** Adds a part to the answer and returns the finish part seen so far. Throws the error that the stream reports. */
function acceptPart(
  part: LanguageModelV4StreamPart,
  finish: Finish | null,
  guard: CallGuard,
  answer: ModelAnswer,
): Finish | null {
  guard.restartTimer();
  if (part.type === 'finish') {
    guard.expectEnd();
    return part;
  }
  if (part.type === 'error' && !finish) throw part.error;
  answer.addPart(part);
  if (part.type !== 'response-metadata' || !finish) return finish;
  // Another message follows in the same stream; only the end of the last one is final.
  guard.expectMore();
  return null;
}

async function openStream(
  { model, instructions, history, tools, maxOutputTokens, readFile }: ModelRequest,
  guard: CallGuard,
) {
  const { signal } = guard;
  const { rules } = model;
  const attached = readFile ? listPromptFiles(history) : [];
  const files = readFile && attached.length > 0 ? await loadPromptFiles(attached, model, readFile) : NO_FILES;
  signal.throwIfAborted();
  const { tools: fitting } = selectAcceptedTools(tools, rules);
  const opening = model.doStream({
    prompt: toPrompt(instructions, history, { model: modelName(model), rules }, files),
    ...(fitting.length > 0 ? { tools: fitting } : {}),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    abortSignal: signal,
  });
  const { stream } = await guard.raceWithStop(opening, ({ stream }) => void stream.cancel().catch(() => {}));
  return stream;
}

/**
 * Tells whether the ending completes the answer; a full window or an unknown reason does so only if content
 * arrived.
 */
function isComplete(ending: NonNullable<StreamEnding>, answer: ModelAnswer): boolean {
  return (ending !== 'overflow' && ending !== 'other') || !answer.isEmpty;
}

/** Builds the result of a complete answer; calls that may be incomplete because of a limit are marked invalid. */
async function toFinished(
  { storeFile }: ModelRequest,
  { finishReason, usage }: Finish,
  ending: NonNullable<StreamEnding>,
  answer: ModelAnswer,
): Promise<ModelResult> {
  const finish = toRecordedFinish(ending, finishReason.raw);
  const truncated = finish === 'length' || ending === 'other';
  const content = await answer.buildContent(truncated, storeFile);
  return { kind: 'finished', content, finish, usage: toUsage(usage) };
}

/** Returns the finish reason for the journal; an unknown reason is recorded in the provider's own words. */
function toRecordedFinish(ending: NonNullable<StreamEnding>, raw = ''): string {
  if (ending === 'overflow') return 'length';
  return ending === 'other' ? takeHead(raw, 40) || ending : ending;
}

function toUsage({ inputTokens, outputTokens }: LanguageModelV4Usage): TokenUsage {
  const { cacheWrite } = inputTokens;
  const { reasoning } = outputTokens;
  return {
    ...(inputTokens.total === undefined ? {} : { input: inputTokens.total }),
    ...(outputTokens.total === undefined ? {} : { output: outputTokens.total }),
    ...(inputTokens.cacheRead === undefined ? {} : { cached: inputTokens.cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    ...(reasoning === undefined ? {} : { reasoning }),
  };
}

function toCutOff(
  request: ModelRequest,
  guard: CallGuard,
  answer: ModelAnswer,
  finish: Finish | null,
  ending: StreamEnding,
): Interrupted {
  if (guard.stop) return toStopped(request, guard, guard.stop, answer);
  const why =
    finish?.finishReason.raw === undefined
      ? 'the stream ended before the answer was complete'
      : `the provider ended it with "${takeHead(finish.finishReason.raw, 40)}"`;
  const cause = ending === 'overflow' ? 'overflow' : 'cut';
  const usage = finish ? toUsage(finish.usage) : {};
  return {
    ...{ kind: 'interrupted', cause, reason: `${cutOffTitle(request)}: ${why}.`, partial: answer.text },
    ...(Object.keys(usage).length > 0 ? { usage } : {}),
  };
}

function toFailed(request: ModelRequest, guard: CallGuard, answer: ModelAnswer, error: unknown): Interrupted {
  if (guard.stop) return toStopped(request, guard, guard.stop, answer);
  const { maxOutputTokens, fill } = request;
  const { provider, modelId: model, redact = (text) => text } = request.model;
  const failure = classifyModelError(error, { provider, model, redact, maxOutputTokens, fill }, Date.now());
  const { tools } = selectAcceptedTools(request.tools, request.model.rules);
  return {
    kind: 'interrupted',
    ...failure,
    reason: addToolNames(failure.reason, tools),
    partial: answer.text,
  };
}

function toStopped(
  request: ModelRequest,
  guard: CallGuard,
  stop: StopCause,
  answer: ModelAnswer,
): Interrupted {
  const partial = answer.text;
  if (stop === 'idle') {
    const reason = `${cutOffTitle(request)}: nothing arrived for ${guard.idleTimeout / 1000} s.`;
    return { kind: 'interrupted', cause: 'cut', reason, partial };
  }
  const reason = stop === 'cancelled' ? 'The call was cancelled.' : 'The call was stopped for a shutdown.';
  return { kind: 'interrupted', cause: stop, reason, partial };
}

function modelName({ provider, modelId }: ModelRequest['model']): string {
  return `${provider}/${modelId}`;
}

function cutOffTitle({ model }: ModelRequest): string {
  return `The answer of provider "${model.provider}" (model "${model.modelId}") was cut off`;
}
