import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, it, type TestContext } from 'vitest';
import type { Elicitation, ElicitationResult } from '../../../src/core/model/elicitation.ts';
import type { McpHttpConfig } from '../../../src/tools/mcp/wire/config.ts';
import { McpWorld } from '../../support/mcp.ts';

type Json = Record<string, unknown>;
interface Message {
  id?: unknown;
  method?: string;
  params?: Json;
  result?: Json;
}

const FORM = {
  message: 'Who are you?',
  requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
};

it('[G1] over HTTP a question reaches the session whose call caused it while many calls run', async (t) => {
  const answers = new Map<unknown, (result: Json | undefined) => void>();
  let asked = 0;
  const config = await serve(t, async ({ id, method, result }, response) => {
    if (method === undefined) answers.get(id)?.(result);
    if (method === 'initialize') return reply(response, id, initialized());
    if (method === 'tools/list') return reply(response, id, { tools: tools() });
    if (method === 'server/discover') return reply(response, id, undefined);
    if (method !== 'tools/call') return void response.writeHead(202).end();
    asked += 1;
    const question = `q${asked}`;
    const given = new Promise<Json | undefined>((resolve) => answers.set(question, resolve));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    send(response, { id: question, method: 'elicitation/create', params: FORM });
    send(response, { id, result: text(JSON.stringify(await given)) });
    response.end();
  });
  const world = new McpWorld(t, { it: config });
  await world.waitUntilReady('it');
  const both = Promise.withResolvers<void>();
  let waiting = 0;
  const called = (session: string) => {
    const ask = async ({ key }: Elicitation): Promise<ElicitationResult> => {
      waiting += 1;
      if (waiting === 2) both.resolve();
      await both.promise;
      return { key, decision: 'approved', content: { name: session }, from: null, note: null };
    };
    return world.callTool('mcp__it__work', {}, undefined, session, { session, ask });
  };
  expect(await Promise.all(['ann', 'ben'].map(called))).toEqual([
    { type: 'text', value: '{"action":"accept","content":{"name":"ann"}}' },
    { type: 'text', value: '{"action":"accept","content":{"name":"ben"}}' },
  ]);
});

it('[G1] [F2] over HTTP in the newer revision a call ends with its questions and is repeated with its key', async (t) => {
  const calls: Json[] = [];
  const config = await serve(t, async ({ id, method, params = {} }, response) => {
    const complete = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };
    if (method === 'server/discover') {
      const about = { supportedVersions: ['2026-07-28'], capabilities: { tools: {} } };
      return reply(response, id, { ...complete, ...about });
    }
    if (method === 'tools/list') return reply(response, id, { ...complete, tools: tools() });
    calls.push(params);
    if (params['inputResponses']) return reply(response, id, { ...complete, ...text('done') });
    const inputRequests = { who: { method: 'elicitation/create', params: FORM } };
    return reply(response, id, { resultType: 'input_required', inputRequests, requestState: 'st' });
  });
  const world = new McpWorld(t, { it: config });
  await world.waitUntilReady('it');
  const first = await world.callTool('mcp__it__work', { a: 1 }, undefined, 'k');
  expect(first).toMatchObject({ type: 'questions', questions: [{ key: 'who' }] });
  if (first.type !== 'questions') return;
  const answer: ElicitationResult = {
    key: 'who',
    decision: 'approved',
    content: { name: 'ann' },
    from: null,
    note: null,
  };
  const answers = { resume: first.resume, given: [answer] };
  const second = await world.callTool('mcp__it__work', { a: 1 }, undefined, 'k', { answers });
  expect(second).toEqual({ type: 'text', value: 'done' });
  const told = { who: { action: 'accept', content: { name: 'ann' } } };
  expect(calls[1]).toMatchObject({ arguments: { a: 1 }, inputResponses: told, requestState: 'st' });
  const keys = calls.map((params) => Reflect.get(Object(params['_meta']), 'midturn/idempotencyKey'));
  expect(keys).toEqual(['k', 'k']);
});

async function serve(
  { onTestFinished }: TestContext,
  hear: (message: Message, response: ServerResponse) => Promise<void>,
): Promise<McpHttpConfig> {
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') return void response.writeHead(405).end();
    await hear((await json(request)) as Message, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  return { type: 'http', url, headers: {}, enabled: true, effects: {} };
}

function reply(response: ServerResponse, id: unknown, result: Json | undefined): void {
  const end = result ? { result } : { error: { code: -32_601, message: 'unknown method' } };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', id, ...end }));
}

function send(response: ServerResponse, message: Json): void {
  response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`);
}

function initialized(): Json {
  const serverInfo = { name: 'test', version: '1' };
  return { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo };
}

function tools(): Json[] {
  return [{ name: 'work', inputSchema: { type: 'object' } }];
}

function text(value: string): Json {
  return { content: [{ type: 'text', text: value }] };
}
