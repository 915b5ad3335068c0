import { LLMock } from '@copilotkit/aimock';
import type { Json, ModelMessage } from '../../src/core/model/message.ts';
import { callModel, type ModelCallOptions } from '../../src/models/call.ts';
import type { ModelRequest, ModelResult } from '../../src/models/port/model.ts';
import type { ProviderConfig } from '../../src/models/providers/provider-config.ts';
import { createModels } from '../../src/models/registry.ts';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';

export const KEY = 'test-key-0123456789';

interface Wire {
  /** Name of the provider in the configuration. */
  name: string;
  model: string;
  /** Path of the API on the mock. */
  path: string;
  config: Pick<ProviderConfig, 'type' | 'api'>;
  /** Matches the event without which an answer is incomplete. */
  last: RegExp;
  /** An event that reports an overloaded provider in the middle of a stream. */
  overloaded: string;
}

const chatError = 'data: {"error":{"message":"Overloaded","type":"server_error","code":"overloaded"}}\n\n';

/** All provider protocols that Midturn supports. */
export const wires: Wire[] = [
  {
    name: 'responses',
    model: 'gpt-5',
    path: '/v1',
    config: { type: 'openai' },
    last: /"type":"response.completed"/,
    overloaded:
      'event: error\ndata: {"type":"error","sequence_number":9,"error":{"type":"server_error","code":"overloaded","message":"Overloaded","param":null}}\n\n',
  },
  {
    name: 'chat',
    model: 'gpt-4o',
    path: '/v1',
    config: { type: 'openai', api: 'chat' },
    last: /"finish_reason":"/,
    overloaded: chatError,
  },
  {
    name: 'anthropic',
    model: 'claude-sonnet-4-5',
    path: '/v1',
    config: { type: 'anthropic' },
    last: /"type":"message_stop"/,
    overloaded:
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
  },
  {
    name: 'google',
    model: 'gemini-2.5-pro',
    path: '/v1beta',
    config: { type: 'google' },
    last: /"finishReason":"/,
    overloaded: 'data: {"error":{"code":503,"message":"Overloaded","status":"UNAVAILABLE"}}\n\n',
  },
  {
    name: 'compatible',
    model: 'llama3.3',
    path: '/v1',
    config: { type: 'openai-compatible' },
    last: /"finish_reason":"/,
    overloaded: chatError,
  },
];

/** A mock of all providers behind a proxy that can damage its responses. */
export interface Mocks {
  mock: LLMock;
  proxy: CuttingProxy;
  call(
    wire: Wire,
    history: ModelMessage[],
    more?: Partial<ModelRequest>,
    options?: ModelCallOptions,
  ): Promise<ModelResult>;
  close(): Promise<void>;
}

export async function openMocks(): Promise<Mocks> {
  const mock = await LLMock.create({ port: 0, chunkSize: 4 });
  const proxy = await startCuttingProxy(mock.url);
  return {
    mock,
    proxy,
    call: (wire, history, more, options) => callAt(proxy.url, wire, history, more, options),
    async close() {
      await proxy.close();
      await mock.stop();
    },
  };
}

export function callAt(
  url: string,
  { name, model, path, config }: Wire,
  history: ModelMessage[],
  more: Partial<ModelRequest> = {},
  options?: ModelCallOptions,
): Promise<ModelResult> {
  const models = createModels({ [name]: { ...config, baseUrl: url + path, apiKey: KEY, concurrency: 1 } });
  const { signal } = new AbortController();
  const request = {
    model: models.get(`${name}/${model}`),
    instructions: 'Be kind.',
    history,
    tools,
    signal,
    onPart() {},
  };
  return callModel({ ...request, ...more }, options);
}

const tools = [
  {
    type: 'function' as const,
    name: 'weather',
    description: 'Tells the weather.',
    inputSchema: { type: 'object' as const, properties: { city: { type: 'string' as const } } },
  },
];

export function user(text: string): ModelMessage {
  return { role: 'user', content: [{ type: 'text', text }] };
}

export function results(...given: [id: string, value: Json][]): ModelMessage {
  return {
    role: 'tool',
    content: given.map(([toolCallId, value]) => ({
      type: 'tool-result',
      toolCallId,
      toolName: 'weather',
      output: { type: 'json', value },
    })),
  };
}

/** The answer as a message of the history, as the journal returns it. */
export function stored(result: ModelResult): ModelMessage {
  if (result.kind !== 'finished') throw new Error(result.reason);
  return JSON.parse(JSON.stringify({ role: 'assistant', content: result.content }));
}
