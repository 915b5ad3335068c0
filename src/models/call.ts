import type { LanguageModelV4StreamPart, LanguageModelV4Usage } from '@ai-sdk/provider';
import type { Usage } from '../core/model/events.ts';
import { takeHead } from '../core/model/text.ts';
import { Answer } from './answer.ts';
import { CallGuard, type Stop } from './call-guard.ts';
import { classify } from './failure/failure.ts';
import { type Ending, readEnding } from './finish.ts';
import type { ModelRequest, ModelResult } from './port/model.ts';
import { toPrompt } from './prompt/prompt.ts';
import { fitTools, nameTools } from './prompt/tools.ts';

export interface CallOptions {
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
export async function callModel(request: ModelRequest, options: CallOptions = {}): Promise<ModelResult> {
  const guard = new CallGuard(request.signal, options.idleTimeout ?? 120_000);
  const answer = new Answer(request.onText);
  try {
    const finish = await readAnswer(request, guard, answer);
    const ending = finish && readEnding(finish.finishReason);
    if (finish && ending && isEnd(ending, answer)) return finished(finish, ending, answer);
    return cutOff(request, guard, answer, finish, ending);
  } catch (error) {
    return failed(request, guard, answer, error);
  } finally {
    guard.dispose();
  }
}

/**
 * Reads the stream into `answer`; resolves with the provider's finish part, or null when the stream ended without
 * one.
 */
async function readAnswer(request: ModelRequest, guard: CallGuard, answer: Answer): Promise<Finish | null> {
  const reader = (await open(request, guard)).getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  guard.signal.addEventListener('abort', cancel, { once: true });
  if (guard.stop) cancel();
  let finish: Finish | null = null;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return finish;
      finish = take(value, finish, guard, answer);
    }
  } catch (error) {
    cancel();
    // The connection broke after the finish part, so the answer is complete.
    if (finish) return finish;
    throw error;
  }
}

/** Adds a part to the answer and returns the finish part seen so far. Throws the error that the stream reports. */
function take(
  part: LanguageModelV4StreamPart,
  finish: Finish | null,
  guard: CallGuard,
  answer: Answer,
): Finish | null {
  guard.touch();
  if (part.type === 'finish') {
    guard.expectEnd();
    return part;
  }
  if (part.type === 'error' && !finish) throw part.error;
  answer.add(part);
  if (part.type !== 'response-metadata' || !finish) return finish;
  // Another message follows in the same stream; only the end of the last one is final.
  guard.expectMore();
  return null;
}

async function open(
  { model, instructions, history, tools, maxOutputTokens }: ModelRequest,
  guard: CallGuard,
) {
  const { signal } = guard;
  signal.throwIfAborted();
  const { tools: fitting } = fitTools(tools, model.rules);
  const opening = model.doStream({
    prompt: toPrompt(instructions, history, { model: nameOf(model), rules: model.rules }),
    ...(fitting.length > 0 ? { tools: fitting } : {}),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    abortSignal: signal,
  });
  const { stream } = await guard.race(opening, ({ stream }) => void stream.cancel().catch(() => {}));
  return stream;
}

/**
 * Tells whether the ending completes the answer; a full window or an unknown reason does so only if content
 * arrived.
 */
function isEnd(ending: NonNullable<Ending>, answer: Answer): boolean {
  return (ending !== 'overflow' && ending !== 'other') || !answer.isEmpty;
}

/** Builds the result of a complete answer; calls that may be incomplete because of a limit are marked invalid. */
function finished({ finishReason, usage }: Finish, ending: NonNullable<Ending>, answer: Answer): ModelResult {
  const finish = recordedAs(ending, finishReason.raw);
  const truncated = finish === 'length' || ending === 'other';
  return { kind: 'finished', content: answer.content(truncated), finish, usage: usageOf(usage) };
}

/** Returns the finish reason for the journal; an unknown reason is recorded in the provider's own words. */
function recordedAs(ending: NonNullable<Ending>, raw = ''): string {
  if (ending === 'overflow') return 'length';
  return ending === 'other' ? takeHead(raw, 40) || ending : ending;
}

function usageOf({ inputTokens, outputTokens }: LanguageModelV4Usage): Usage {
  return {
    ...(inputTokens.total === undefined ? {} : { input: inputTokens.total }),
    ...(outputTokens.total === undefined ? {} : { output: outputTokens.total }),
    ...(inputTokens.cacheRead === undefined ? {} : { cached: inputTokens.cacheRead }),
  };
}

function cutOff(
  request: ModelRequest,
  guard: CallGuard,
  answer: Answer,
  finish: Finish | null,
  ending: Ending,
): Interrupted {
  if (guard.stop) return stopped(request, guard, guard.stop, answer);
  const why =
    finish?.finishReason.raw === undefined
      ? 'the stream ended before the answer was complete'
      : `the provider ended it with "${takeHead(finish.finishReason.raw, 40)}"`;
  const cause = ending === 'overflow' ? 'overflow' : 'cut';
  return { kind: 'interrupted', cause, reason: `${titleOf(request)}: ${why}.`, partial: answer.text };
}

function failed(request: ModelRequest, guard: CallGuard, answer: Answer, error: unknown): Interrupted {
  if (guard.stop) return stopped(request, guard, guard.stop, answer);
  const { maxOutputTokens, fill } = request;
  const { provider, modelId: model, redact = (text) => text } = request.model;
  const failure = classify(error, { provider, model, redact, maxOutputTokens, fill }, Date.now());
  const { tools } = fitTools(request.tools, request.model.rules);
  return { kind: 'interrupted', ...failure, reason: nameTools(failure.reason, tools), partial: answer.text };
}

function stopped(request: ModelRequest, guard: CallGuard, stop: Stop, answer: Answer): Interrupted {
  const partial = answer.text;
  if (stop === 'idle') {
    const reason = `${titleOf(request)}: nothing arrived for ${guard.idleTimeout / 1000} s.`;
    return { kind: 'interrupted', cause: 'cut', reason, partial };
  }
  const reason = stop === 'cancelled' ? 'The call was cancelled.' : 'The call was stopped for a shutdown.';
  return { kind: 'interrupted', cause: stop, reason, partial };
}

function nameOf({ provider, modelId }: ModelRequest['model']): string {
  return `${provider}/${modelId}`;
}

function titleOf({ model }: ModelRequest): string {
  return `The answer of provider "${model.provider}" (model "${model.modelId}") was cut off`;
}
