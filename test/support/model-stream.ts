import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { callModel } from '../../src/models/call.ts';
import type { Model, ModelRequest, ModelResult } from '../../src/models/port/model.ts';

/** Streams of models, piece by piece, and calls of the models that answer with them. */

export type Piece = LanguageModelV4StreamPart;

const usage = {
  inputTokens: { total: 12, noCache: 9, cacheRead: 3, cacheWrite: 0 },
  outputTokens: { total: 5, text: 5, reasoning: 0 },
};

export function finishPart(
  unified: Extract<Piece, { type: 'finish' }>['finishReason']['unified'],
  raw?: string,
): Piece {
  return { type: 'finish', usage, finishReason: { unified, raw } };
}

export function textParts(words: string, id = '0'): Piece[] {
  return [
    { type: 'text-start', id },
    { type: 'text-delta', id, delta: words },
    { type: 'text-end', id },
  ];
}

export function callPart(
  toolCallId: string,
  input: string,
  more: Partial<Extract<Piece, { type: 'tool-call' }>> = {},
): Piece {
  return { type: 'tool-call', toolCallId, toolName: 'shell', input, ...more };
}

export function streamingModel(pieces: Piece[], end: 'close' | 'hang' | Error = 'close'): Model {
  return modelWith(async () => ({
    stream: new ReadableStream<Piece>({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece);
        if (end === 'close') controller.close();
      },
      pull(controller) {
        if (end instanceof Error) controller.error(end);
      },
    }),
  }));
}

export function modelWith(
  doStream: (options: LanguageModelV4CallOptions) => ReturnType<Model['doStream']>,
): Model {
  const doGenerate = () => Promise.reject(new Error('not used'));
  return {
    specificationVersion: 'v4',
    provider: 'acme',
    modelId: 'm1',
    supportedUrls: {},
    doGenerate,
    doStream,
  };
}

export function runModel(
  model: Model,
  more: Partial<ModelRequest> = {},
  idleTimeout = 5_000,
): Promise<ModelResult> {
  const { signal } = new AbortController();
  const request = { model, instructions: '', history: [], tools: [], signal, onPart: () => {}, ...more };
  return callModel(request, { idleTimeout });
}

export async function contentOf(pieces: Piece[]) {
  const result = await runModel(streamingModel(pieces));
  if (result.kind !== 'finished') throw new Error(`not finished: ${result.reason}`);
  return result.content;
}
