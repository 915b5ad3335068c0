import { describe, expect, it, type TestContext } from 'vitest';
import { McpWorld, oddServer } from '../../support/mcp.ts';

const GOOD = { name: 'work', inputSchema: { type: 'object' } };

async function open(t: TestContext, env: Record<string, string>): Promise<McpWorld> {
  const world = new McpWorld(t, { o: oddServer(env) });
  await world.waitUntilReady('o');
  return world;
}

describe('the handshake', () => {
  for (const version of ['"2099-01-01"', '"latest"']) {
    it(`with a server that answers the protocol version ${version} succeeds`, async (t) => {
      const world = await open(t, { VERSION: version });
      expect(world.toolNames()).toEqual(['mcp__o__work']);
    });
  }
});

describe('a list of tools', () => {
  const bad: [string, unknown, string][] = [
    ['a schema of another type', { name: 'bad', inputSchema: { type: 'string' } }, 'of type "string"'],
    ['a schema that is not an object', { name: 'bad', inputSchema: 7 }, 'not an object'],
    ['no name', { inputSchema: { type: 'object' } }, 'no name'],
    ['a string in its place', 'bad', 'not an object'],
    ['null', null, 'not an object'],
  ];
  for (const [what, tool, why] of bad) {
    it(`that has a tool with ${what} loses only that tool and names it`, async (t) => {
      const world = await open(t, { LIST: JSON.stringify({ tools: [tool, GOOD], nextCursor: null }) });
      expect(world.toolNames()).toEqual(['mcp__o__work']);
      expect(world.mcp.status()).toMatchObject([
        { tools: 1, badTools: [{ why: expect.stringContaining(why) }] },
      ]);
      await world.waitForReport('mcp:bad_tool', { server: 'o' });
    });
  }

  it('with carelessly described tools is offered', async (t) => {
    const tools = [
      { name: 'a' },
      { name: 'b', inputSchema: null, description: null, title: 5 },
      {
        name: 'c',
        inputSchema: {},
        annotations: { readOnlyHint: 'yes' },
        outputSchema: { description: 'none' },
      },
      {
        name: 'd',
        inputSchema: { type: 'object', properties: { n: { type: 'number' } } },
        icons: 'x',
        _meta: 3,
      },
    ];
    const world = await open(t, { LIST: JSON.stringify({ tools, _meta: 'x' }) });
    expect(world.toolNames()).toHaveLength(4);
    expect(world.mcp.get('mcp__o__c')?.effect({})).toBe('write');
    expect(world.mcp.list().every(({ inputSchema }) => inputSchema['type'] === 'object')).toBe(true);
  });

  it('that is not a list leaves the server connected', async (t) => {
    const world = await open(t, { LIST: '{"tools":null}' });
    expect(world.mcp.status()).toMatchObject([{ state: 'ready', tools: 0, badTools: [{ tool: '(all)' }] }]);
  });
});

describe('a received result is read as far as possible', () => {
  const texts: [string, string][] = [
    ['{"structuredContent":{"id":7}}', '{"id":7}'],
    ['{"content":[{"type":"text","text":"two"}],"structuredContent":[1,2]}', 'two'],
    ['{"content":[{"type":"text","text":"two"}],"structuredContent":null}', 'two'],
    ['{"content":[],"structuredContent":[1,2]}', '[1,2]'],
    ['{"toolResult":{"content":[{"type":"text","text":"old"}]}}', 'old'],
    ['{"toolResult":"old"}', 'old'],
    [
      '{"content":[{"type":"text","text":"a"},{"type":"video","data":"zz"}]}',
      'a\n[a block of the unknown type "video"',
    ],
    ['{"content":[{"type":"text","text":null}]}', 'returned nothing'],
    ['{"content":[{"type":"text","text":42}]}', '42'],
    ['{"content":[{"type":"text","text":12345678901234567890}]}', '12345678901234567890'],
    ['{"content":"just text"}', 'just text'],
    ['{"content":{"type":"text","text":"one block"}}', 'one block'],
    ['{"content":["a",null,7]}', 'a\n7'],
    ['{"content":[{"type":"text","text":"x"}],"isError":"false"}', 'x'],
    [
      '{"content":[{"type":"image","data":"not base64 !!","mimeType":"image/png"}]}',
      'image/png, with data that is not base64',
    ],
    ['{"content":[{"type":"resource","resource":{"uri":"a:b"}}]}', '[resource a:b: without content]'],
    ['{"content":[{"type":"resource"}]}', '"resource"'],
    ['{"content":[{"text":"no type"}]}', 'no type'],
    ['{"answer":42}', '{"answer":42}'],
    ['"a bare text"', 'a bare text'],
    ['null', 'returned nothing'],
    ['[1,2]', '[1,2]'],
    ['{"content":[{"type":"text","text":"ok"}],"_meta":"x"}', 'ok'],
  ];
  for (const [result, expected] of texts) {
    it(result, async (t) => {
      const world = await open(t, { RESULT: result });
      const output = await world.callTool('mcp__o__work');
      expect(['text', 'json']).toContain(output.type);
      expect(output.type === 'json' ? JSON.stringify(output.value) : Reflect.get(output, 'value')).toContain(
        expected,
      );
    });
  }

  it('an error that is marked with text is an error', async (t) => {
    const world = await open(t, { RESULT: '{"content":[{"type":"text","text":"no"}],"isError":"true"}' });
    expect(await world.callTool('mcp__o__work')).toEqual({ type: 'error-text', value: 'no' });
  });
});

for (const [body, expected] of [
  ['"error":"boom"', 'boom (-32000)'],
  ['"error":{"message":"no code"}', 'no code (-32000)'],
  ['"result":null,"error":{"code":5,"message":"both"}', 'both (5)'],
]) {
  it(`an error sent as ${body} is the answer`, async (t) => {
    const world = await open(t, { BODY: body ?? '' });
    expect(await world.callTool('mcp__o__work')).toEqual({
      type: 'error-text',
      value: `The MCP server "o" answered with an error: ${expected}`,
    });
  });
}

for (const form of ['bom', 'batch', 'text ids']) {
  it(`a server that writes ${form} is understood at once`, async (t) => {
    const begin = performance.now();
    const world = await open(t, { FORM: form, RESULT: '{"content":[{"type":"text","text":"fine"}]}' });
    expect(await world.callTool('mcp__o__work')).toEqual({ type: 'text', value: 'fine' });
    expect(performance.now() - begin).toBeLessThan(9_000);
  });
}

it('does not send a null argument that the schema does not require', async (t) => {
  const tool = { name: 'work', inputSchema: { type: 'object', properties: { a: { type: 'string' } } } };
  const world = await open(t, {
    LIST: JSON.stringify({ tools: [tool] }),
    RESULT: '{"structuredContent":ARGUMENTS}',
  });
  expect(await world.callTool('mcp__o__work', { a: null })).toEqual({ type: 'json', value: {} });
});

it('reports the output of a slowly starting server, and a call does not wait for it', async (t) => {
  const world = new McpWorld(t, { o: oddServer({ FORM: 'slow' }) }, { start: 3_500, startProcess: 60_000 });
  await world.waitForReport('mcp:stderr');
  const output = await world.callTool('mcp__o__work');
  const expected =
    /has been starting for [34] s .*last words: npm warn deprecated x\nfetching 3 of 400 packages/;
  expect(output).toMatchObject({ type: 'error-text', value: expect.stringMatching(expected) });
  expect(world.mcp.status()).toMatchObject([{ state: 'starting', error: expect.stringMatching(expected) }]);
});

it('reports the last lines of a server that did not start in time', async (t) => {
  const world = new McpWorld(t, { o: oddServer({ FORM: 'slow' }) }, { start: 1_500 });
  const { about } = await world.waitForReport('mcp:failed');
  expect(about['error']).toMatch(/^it was not ready within 1.5 s; its last words: npm warn/);
});
