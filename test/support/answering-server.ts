import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { callModel } from '../../src/models/call.ts';
import type { ModelRequest, ModelResult } from '../../src/models/port/model.ts';
import type { ProviderConfig } from '../../src/models/providers/provider-config.ts';
import { createModels } from '../../src/models/registry.ts';

/** Writes one whole response; `body` is the body of the request. */
export type AnswerRequest = (response: ServerResponse, body: string, request: IncomingMessage) => void;

/** A server that answers every request as the test decides, and keeps the requests. */
export interface AnsweringServer {
  url: string;
  requests: { url: string; body: string }[];
  /** Resolves when the next request has come. */
  asked(): Promise<void>;
  close(): Promise<void>;
}

export async function startAnsweringServer(answer: AnswerRequest): Promise<AnsweringServer> {
  const requests: AnsweringServer['requests'] = [];
  let came = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    const body = await text(request);
    requests.push({ url: request.url ?? '', body });
    came.resolve();
    came = Promise.withResolvers();
    answer(response, body, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    asked: () => came.promise,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Calls a model of a provider at `url` once. */
export function callServer(
  url: string,
  type: Exclude<ProviderConfig['type'], 'scripted'> = 'openai-compatible',
  more: Partial<ModelRequest> = {},
): Promise<ModelResult> {
  const models = createModels({ p: { type, baseUrl: url, apiKey: 'test-key-0123456789', concurrency: 1 } });
  const { signal } = new AbortController();
  const history = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'hello' }] }];
  const request = { model: models.get('p/m'), instructions: '', history, tools: [], signal, onPart() {} };
  return callModel({ ...request, ...more });
}

/** One piece of a chat stream, as a server writes it. */
export function chatChunk(delta: object, finish: string | null = null, more: object = {}): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices, ...more })}\n\n`;
}

export const DONE = 'data: [DONE]\n\n';

/** Answers with this whole body. */
export function answerWith(body: string, type = 'text/event-stream', status = 200): AnswerRequest {
  return (response) => void response.writeHead(status, { 'content-type': type }).end(body);
}

/** The text of an answer. */
export function textIn(result: ModelResult): string {
  if (result.kind !== 'finished') throw new Error(result.reason);
  return result.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
