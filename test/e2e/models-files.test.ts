import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FilePart, ModelMessage } from '../../src/core/model/message.ts';
import { callModel } from '../../src/models/call.ts';
import type { Model, ModelResult } from '../../src/models/port/model.ts';
import type { ProviderConfig } from '../../src/models/providers/provider-config.ts';
import { createModels } from '../../src/models/registry.ts';
import {
  type AnsweringServer,
  answerWith,
  chatChunk,
  DONE,
  startAnsweringServer,
  textIn,
} from '../support/answering-server.ts';
import { type Mocks, openMocks, user, wires } from './models-wires.ts';

const BYTES = Buffer.from('the bytes of a photo');
const BASE64 = BYTES.toString('base64');

const photo: FilePart = {
  type: 'file',
  blob: 'b',
  mediaType: 'image/png',
  name: 'photo.png',
  bytes: 120_400,
};
const report: FilePart = { ...photo, blob: 'r', mediaType: 'application/pdf', name: 'report.pdf' };
const notes: FilePart = { ...photo, blob: 'n', mediaType: 'text/plain', name: 'notes.txt', bytes: 20 };

const readFile = async ({ blob }: FilePart) => (blob === 'gone' ? undefined : BYTES);
const show = (...files: FilePart[]): ModelMessage[] => [
  { role: 'user', content: [{ type: 'text', text: 'What is this?' }, ...files] },
];
const screenshot: ModelMessage[] = [
  user('Look.'),
  {
    role: 'assistant',
    content: [{ type: 'tool-call', toolCallId: 'call00001', toolName: 'weather', input: {} }],
  },
  {
    role: 'tool',
    content: [
      {
        ...{ type: 'tool-result', toolCallId: 'call00001', toolName: 'weather' },
        output: { type: 'content', value: [{ type: 'text', text: 'The sky:' }, photo] },
      },
    ],
  },
];

let mocks: Mocks;
beforeAll(async () => {
  mocks = await openMocks();
});
beforeEach(() => {
  mocks.proxy.requests.length = 0;
  mocks.mock.onMessage(/./, { content: 'A cat.' });
});
afterAll(() => mocks.close());

/** Where each wire carries an image of the user, and one of a tool result. */
const PLACES: Record<string, { image: unknown; result: string }> = {
  responses: {
    image: { type: 'input_image', image_url: `data:image/png;base64,${BASE64}` },
    result: 'function_call_output',
  },
  chat: {
    image: { type: 'image_url', image_url: { url: `data:image/png;base64,${BASE64}` } },
    result: 'user',
  },
  anthropic: {
    image: { type: 'image', source: { type: 'base64', media_type: 'image/png', data: BASE64 } },
    result: 'tool_result',
  },
  google: { image: { inlineData: { mimeType: 'image/png', data: BASE64 } }, result: 'user' },
  compatible: {
    image: { type: 'image_url', image_url: { url: `data:image/png;base64,${BASE64}` } },
    result: 'user',
  },
};

describe.each(wires)('[N7] files for $name', (wire) => {
  const { image, result } = PLACES[wire.name] ?? expect.fail('an unknown wire');
  const lastBody = (): unknown => JSON.parse(mocks.proxy.requests.at(-1)?.body ?? '');

  it('an image reaches the model, and a text file as its text', async () => {
    textIn(await mocks.call(wire, show(photo, notes), { readFile }));
    expect(listObjects(lastBody())).toContainEqual(expect.objectContaining(image));
    expect(mocks.proxy.requests.at(-1)?.body).toContain('[file notes.txt, 20 bytes]\\nthe bytes of a photo');
  });

  it('an image in a tool result reaches the model', async () => {
    textIn(await mocks.call(wire, screenshot, { readFile }));
    const holders = listObjects(lastBody()).filter(
      ({ type, role }) => type === result || (result === 'user' && role === 'user'),
    );
    expect(holders.flatMap(listObjects)).toContainEqual(expect.objectContaining(image));
  });

  it('a model that does not take images is told so, and what the store has lost as well', async () => {
    const blind = { ...wire, config: { ...wire.config, modalities: [] } };
    textIn(await mocks.call(blind, show(photo, { ...notes, blob: 'gone' }), { readFile }));
    const { body } = mocks.proxy.requests.at(-1) ?? {};
    expect(body).toContain('[image photo.png, 120 kB: this model does not take images]');
    expect(body).toContain('[file notes.txt, 20 bytes: its content is no longer stored]');
    expect(body).not.toContain(BASE64);
  });
});

it.each(wires)('[N7] a PDF reaches $name if its models take it', async (wire) => {
  const takes = wire.name !== 'compatible';
  textIn(await mocks.call(wire, show(report), { readFile }));
  const { body = '' } = mocks.proxy.requests.at(-1) ?? {};
  expect(body.includes(BASE64)).toBe(takes);
  expect(body.includes('[file report.pdf, 120 kB: this model does not take PDF files]')).toBe(!takes);
});

describe('[N7] a provider that refuses the files of a request', () => {
  const refusal = JSON.stringify({
    error: { message: 'This model does not support image input.', type: 'invalid' },
  });
  let server: AnsweringServer;

  async function ask(model: Model, history: ModelMessage[]): Promise<ModelResult> {
    const { signal } = new AbortController();
    return callModel({ model, instructions: '', history, tools: [], signal, onPart() {}, readFile });
  }

  it('is asked again without them, once; later calls leave them out from the start', async () => {
    server = await startAnsweringServer((response, body, request) => {
      if (body.includes('image_url')) answerWith(refusal, 'application/json', 400)(response, body, request);
      else answerWith(chatChunk({ content: 'I see none.' }, 'stop') + DONE)(response, body, request);
    });
    try {
      const model = modelAt(server.url, { type: 'openai-compatible' });
      expect(textIn(await ask(model(), show(photo)))).toBe('I see none.');
      expect(server.requests).toHaveLength(2);
      expect(server.requests[1]?.body).toContain(
        'image photo.png, 120 kB: the provider refused it: \\"Provider \\\\\\"p\\\\\\"',
      );
      expect(textIn(await ask(model(), show(photo)))).toBe('I see none.');
      expect(server.requests).toHaveLength(3);
      await ask(model(), show({ ...photo, blob: 'another' }));
      expect(server.requests).toHaveLength(5);
    } finally {
      await server.close();
    }
  });

  it('is not asked again when the refusal is about something else', async () => {
    const other = JSON.stringify({ error: { message: 'The key is not valid.', type: 'invalid' } });
    server = await startAnsweringServer(answerWith(other, 'application/json', 401));
    try {
      const model = modelAt(server.url, { type: 'openai-compatible' });
      expect(await ask(model(), show(photo))).toMatchObject({ kind: 'interrupted', cause: 'rejected' });
      expect(server.requests).toHaveLength(1);
    } finally {
      await server.close();
    }
  });
});

it('[N7] an image that a model generates is part of its answer', async () => {
  const parts = [{ text: 'Here.' }, { inlineData: { mimeType: 'image/png', data: BASE64 } }];
  const candidate = { content: { role: 'model', parts }, finishReason: 'STOP' };
  const server = await startAnsweringServer(
    answerWith(`data: ${JSON.stringify({ candidates: [candidate], usageMetadata: {} })}\n\n`),
  );
  try {
    const { signal } = new AbortController();
    const request = { instructions: '', history: [user('Draw.')], tools: [], signal, onPart() {} };
    const model = modelAt(server.url, { type: 'google' })();
    const kept = await callModel({
      ...request,
      model,
      storeFile: async ({ data, mediaType }) => ({ ...photo, mediaType, bytes: data.length }),
    });
    expect(kept).toMatchObject({
      kind: 'finished',
      content: [
        { type: 'text', text: 'Here.' },
        { ...photo, bytes: BYTES.length },
      ],
    });
    const lost = await callModel({ ...request, model, storeFile: () => Promise.reject(new Error('full')) });
    expect(textIn(lost)).toBe('Here.[a generated file, image/png, was not kept: full]');
  } finally {
    await server.close();
  }
});

function modelAt(url: string, config: Pick<ProviderConfig, 'type'>): () => Model {
  const models = createModels({
    p: { ...config, baseUrl: url, apiKey: 'test-key-0123456789', concurrency: 1 },
  });
  return () => models.get('p/m');
}

type Members = Record<string, unknown>;

/** Lists every object within a value, the value itself included. */
function listObjects(value: unknown): Members[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(listObjects);
  return [value as Members, ...Object.values(value).flatMap(listObjects)];
}
