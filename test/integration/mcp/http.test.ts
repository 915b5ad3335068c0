import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, type TestContext, vi } from 'vitest';
import type { McpHttpConfig } from '../../../src/tools/mcp/wire/config.ts';
import { parseLossless } from '../../../src/util/lossless-json.ts';
import { cpuShare, McpWorld } from '../../support/mcp.ts';
import { tunnelTo } from '../../support/tunnel.ts';

type Answer = (id: unknown, response: ServerResponse, request: IncomingMessage, calls: number) => void;

const FAST = { firstRetry: 1 };

it('[F2] a call over HTTP carries its key, and every request carries the configured headers', async (t) => {
  const seen: unknown[] = [];
  const server = await serve(t, (id, response, request) => {
    seen.push(request.headers['x-team']);
    text(response, id, 'done');
  });
  const world = new McpWorld(t, { a: { ...server.config, headers: { 'X-Team': 'blue' } } });
  await world.waitUntilReady('a');
  expect(await world.callTool('mcp__a__work', { n: 1 })).toEqual({ type: 'text', value: 'done' });
  expect(seen).toEqual(['blue']);
  expect(server.bodies.at(-1)).toMatchObject({
    params: { name: 'work', arguments: { n: 1 }, _meta: { 'midturn/idempotencyKey': 'key-of-mcp__a__work' } },
  });
});

it('a server is reached through the proxy of the environment', async (t) => {
  const server = await serve(t, (id, response) => text(response, id, 'done'));
  const proxy = await tunnelTo({ url: server.config.url });
  vi.stubEnv('HTTP_PROXY', proxy.url);
  t.onTestFinished(async () => {
    vi.unstubAllEnvs();
    await proxy.close();
  });
  const world = new McpWorld(t, { a: { ...server.config, url: 'http://tools.example.invalid/mcp' } });
  await world.waitUntilReady('a');
  expect(await world.callTool('mcp__a__work')).toEqual({ type: 'text', value: 'done' });
  expect(new Set(proxy.tunnels)).toEqual(new Set(['tools.example.invalid:80']));
});

it('a stream that ends without an answer makes the outcome unknown at once, before the time limit', async (t) => {
  const server = await serve(t, (_id, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': working\n\n', () => response.end());
  });
  const world = new McpWorld(t, { a: server.config });
  await world.waitUntilReady('a');
  expect(await world.callTool('mcp__a__work')).toMatchObject({
    type: 'error-text',
    value: expect.stringMatching(/ended before the answer came\. It may or may not have taken effect/),
  });
});

it('a connection that breaks during a call makes its outcome unknown and does not affect other calls', async (t) => {
  let answerFirst = () => {};
  const server = await serve(t, (id, response, _request, calls) => {
    if (calls === 1) answerFirst = () => text(response, id, 'the first');
    else response.destroy();
  });
  const world = new McpWorld(t, { a: server.config }, FAST);
  await world.waitUntilReady('a');
  const first = world.callTool('mcp__a__work');
  await server.reached(1);
  expect(await world.callTool('mcp__a__work')).toMatchObject({
    value: expect.stringContaining('may or may not'),
  });
  answerFirst();
  expect(await first).toEqual({ type: 'text', value: 'the first' });
});

it('opens a new session when the server has forgotten the old one, and makes the call once', async (t) => {
  const server = await serve(t, (id, response, _request, calls) => {
    if (calls === 1) response.writeHead(404).end();
    else text(response, id, 'in a new session');
  });
  const world = new McpWorld(t, { a: server.config }, FAST);
  await world.waitUntilReady('a');
  expect(await world.callTool('mcp__a__work')).toEqual({ type: 'text', value: 'in a new session' });
  expect(server.bodies.filter(({ method }) => method === 'initialize')).toHaveLength(2);
});

it('reports that nothing was sent when the server is unreachable', async (t) => {
  const server = await serve(t, () => {});
  const world = new McpWorld(t, { a: server.config }, FAST);
  await world.waitUntilReady('a');
  await server.stop();
  await world.callTool('mcp__a__work');
  await world.waitForReport('mcp:failed', { failures: 4 });
  expect(await world.callTool('mcp__a__work')).toMatchObject({
    value: expect.stringMatching(/^Not run: .*ECONNREFUSED.*Nothing was sent/),
  });
});

it('[K7] an endless answer is cut off at the size limit', async (t) => {
  const server = await serve(t, (_id, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const more = () => {
      while (response.write('x'.repeat(100_000)));
    };
    response.on('drain', more);
    more();
  });
  const world = new McpWorld(t, { a: server.config }, FAST);
  await world.waitUntilReady('a');
  expect(await world.callTool('mcp__a__work')).toMatchObject({
    type: 'error-text',
    value: expect.stringContaining('a message of more than 8388608 bytes'),
  });
});

it('[F4] a flood of events takes little time', async (t) => {
  const event = `data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'x' } })}\n\n`;
  const server = await serve(t, (id, response, _request, calls) => {
    if (calls > 1) {
      text(response, id, 'calm');
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const more = () => {
      while (response.write(event.repeat(500)));
    };
    response.on('drain', more);
    more();
  });
  const world = new McpWorld(t, { a: server.config });
  await world.waitUntilReady('a');
  const stop = new AbortController();
  const flooded = world.callTool('mcp__a__work', {}, stop.signal);
  await server.reached(1);
  const busy = cpuShare();
  for (let call = 0; call < 50; call += 1) {
    expect(await world.callTool('mcp__a__work')).toEqual({ type: 'text', value: 'calm' });
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(busy()).toBeLessThan(0.7);
  stop.abort('cancelled');
  expect(await flooded).toMatchObject({ type: 'error-text' });
});

it('reports wrong credentials without the secret', async (t) => {
  const server = await serve(t, (_id, response) => response.writeHead(401).end('secret-of-the-test'));
  const world = new McpWorld(t, { a: server.config });
  await world.waitUntilReady('a');
  expect(await world.callTool('mcp__a__work')).toMatchObject({
    value:
      'Not run: the MCP server "a" did not take the call: it answered with HTTP status 401. Nothing was sent to it.',
  });
});

for (const type of ['application/json', 'text/event-stream']) {
  it(`numbers keep their digits on the way to a server and back, as ${type}`, async (t) => {
    const numbers = '{"id":1234567890123456789,"list":[1.0,-0,1e400,0.1]}';
    const server = await serve(t, (id, response) => {
      const message = `{"jsonrpc":"2.0","id":${id},"result":{"content":[],"structuredContent":${numbers}}}`;
      response.writeHead(200, { 'content-type': type });
      response.end(type === 'application/json' ? message : `event: message\nid: 7\ndata: ${message}\n\n`);
    });
    const world = new McpWorld(t, { a: server.config });
    await world.waitUntilReady('a');
    const output = await world.callTool('mcp__a__work', parseLossless(numbers));
    expect(JSON.stringify(output)).toBe(`{"type":"json","value":${numbers}}`);
    expect(server.texts.at(-1)).toContain(`"arguments":${numbers}`);
  });
}

it('reports a server that speaks only the older transport', async (t) => {
  const server = createServer((request, response) => {
    if (request.method !== 'GET') {
      response.writeHead(405, { allow: 'GET' }).end('Method Not Allowed');
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('event: endpoint\ndata: /messages?session=1\n\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/sse`;
  const world = new McpWorld(t, { a: { type: 'http', url, headers: {}, effects: {}, enabled: true } });
  expect((await world.waitForReport('mcp:failed')).about['error']).toMatch(
    /older HTTP\+SSE transport.*ends in \/mcp/,
  );
});

type Body = { id?: unknown; method?: string; params?: object };

interface Served {
  config: McpHttpConfig;
  bodies: Body[];
  texts: string[];
  reached(calls: number): Promise<void>;
  stop(): Promise<void>;
}

/** An MCP server over HTTP with one tool; `answer` handles its calls. */
async function serve({ onTestFinished }: TestContext, answer: Answer): Promise<Served> {
  const bodies: Body[] = [];
  const texts: string[] = [];
  let calls = 0;
  let tell = () => {};
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') {
      response.writeHead(405).end();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    texts.push(Buffer.concat(chunks).toString());
    const body: Body = JSON.parse(texts.at(-1) ?? '');
    bodies.push(body);
    if (body.method === 'tools/call') {
      calls += 1;
      answer(body.id, response, request, calls);
      tell();
    } else protocol(body, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(stop);
  return {
    config: { type: 'http', url: `http://127.0.0.1:${port}/mcp`, headers: {}, effects: {}, enabled: true },
    bodies,
    texts,
    stop,
    async reached(wanted) {
      while (calls < wanted) await new Promise<void>((resolve) => (tell = resolve));
    },
  };
}

function protocol({ id, method }: Body, response: ServerResponse): void {
  if (method === 'initialize') {
    response.setHeader('mcp-session-id', 'one');
    const serverInfo = { name: 'test', version: '1' };
    json(response, id, { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo });
  } else if (method === 'tools/list') {
    json(response, id, { tools: [{ name: 'work', inputSchema: { type: 'object' } }] });
  } else if (method === 'server/discover') {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_601, message: 'unknown method' } }));
  } else response.writeHead(202).end();
}

function text(response: ServerResponse, id: unknown, value: string): void {
  json(response, id, { content: [{ type: 'text', text: value }] });
}

function json(response: ServerResponse, id: unknown, result: object): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
}
