import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import type { CallResumption, Elicitation, ElicitationResult } from '../../../src/core/model/elicitation.ts';
import { askingServer, fixtureServer, McpWorld, referenceServer } from '../../support/mcp.ts';

const FORM = {
  asker: 'the MCP server "it"',
  message: 'Where to?',
  fields: [
    {
      name: 'place',
      type: 'string',
      required: true,
      description: 'Where it goes.',
      options: [
        { value: 'staging', title: 'staging' },
        { value: 'production', title: 'production' },
      ],
    },
    { name: 'copies', type: 'integer', required: false, default: 2, min: 1, max: 9 },
  ],
};
const PAGE = {
  asker: 'the MCP server "it"',
  message: 'Please sign in.',
  fields: [],
  url: 'https://example.com/in',
};
const STAGING = { decision: 'approved', content: { place: 'staging' } } as const;

/** An approver that answers every question the same way and records the questions. */
function person(say: Partial<ElicitationResult>) {
  const asked: Elicitation[] = [];
  const ask = async (question: Elicitation): Promise<ElicitationResult> => {
    asked.push(question);
    return { key: question.key, decision: 'approved', content: {}, from: null, note: null, ...say };
  };
  return { asked, ask };
}

/** An approver that answers when the test says so. */
function hesitant() {
  const asked = Promise.withResolvers<AbortSignal | undefined>();
  const answer = Promise.withResolvers<Partial<ElicitationResult>>();
  const ask = async ({ key }: Elicitation, signal?: AbortSignal): Promise<ElicitationResult> => {
    asked.resolve(signal);
    return { key, decision: 'approved', content: {}, from: null, note: null, ...(await answer.promise) };
  };
  return { asked: asked.promise, answer: answer.resolve, ask };
}

const endless = new AbortController().signal;

async function connected(
  t: TestContext,
  how: 'rounds' | 'live',
  more: Parameters<typeof askingServer>[1] = {},
) {
  const world = new McpWorld(t, { it: askingServer(how, more) });
  await world.waitUntilReady('it');
  return world;
}

/** Calls until the server asks, then repeats the call with these answers to every question. */
async function inRounds(world: McpWorld, tool: string, say: Partial<ElicitationResult>, key = 'k') {
  const first = await world.callTool(tool, {}, endless, key);
  if (first.type !== 'questions') throw new Error(`it did not ask: ${JSON.stringify(first)}`);
  const given = first.questions.map((question) => ({
    ...{ key: question.key, decision: 'approved', content: {}, from: null, note: null, ...say },
  })) as ElicitationResult[];
  const answers: CallResumption = { resume: first.resume, given };
  return { first, second: await world.callTool(tool, {}, endless, key, { answers }) };
}

describe('[G1] [F2] a server that ends calls with questions', () => {
  it('asks with a form and is called again with the answer, its state and the same key', async (t) => {
    const log = join(mkdtempSync(join(tmpdir(), 'midturn-asking-')), 'log');
    t.onTestFinished(() => rmSync(dirname(log), { recursive: true }));
    const world = await connected(t, 'rounds', { env: { LOG: log } });
    const { first, second } = await inRounds(world, 'mcp__it__deploy', STAGING);
    expect(first).toEqual({
      type: 'questions',
      questions: [{ key: 'where', ...FORM }],
      resume: { requestState: 'of k', pages: [] },
    });
    expect(second).toEqual({ type: 'text', value: 'deployed {"place":"staging"}' });
    expect(world.readLog(log)).toEqual(['deploy k', 'ask k', 'deploy k', 'deploy k']);
  });

  it.for([
    [{ decision: 'denied', content: null }, 'not deployed: decline\n[An approver declined to answer.]'],
    [
      { decision: 'denied', content: null, note: 'not on a Friday' },
      'not deployed: decline\n[An approver declined to answer, with the note: not on a Friday]',
    ],
    [
      { decision: 'expired', content: null },
      'not deployed: cancel\n[A question of the server was not answered in time; the server was told "cancel".]',
    ],
  ] as const)('is told %j', async ([say, value], t) => {
    const told = await inRounds(await connected(t, 'rounds'), 'mcp__it__deploy', say);
    expect(told.second).toEqual({ type: 'text', value });
  });

  it('asks for a page to be visited', async (t) => {
    const { first, second } = await inRounds(await connected(t, 'rounds'), 'mcp__it__sign-in', {});
    expect(first).toMatchObject({ questions: [{ key: 'page', ...PAGE }], resume: { pages: ['page'] } });
    expect(second).toEqual({ type: 'text', value: 'signed in: {"action":"accept"}' });
  });

  it.for<[Record<string, string | number>, string | RegExp]>([
    [{ wants: 'sampling/createMessage' }, 'it asks for sampling/createMessage'],
    [{ size: 20_000 }, /its question has \d+ characters; the maximum is 16384/],
    [{ many: 0 }, 'it wanted to be called again more than 10 times'],
  ])('[K7] gets nothing for %j, and the model is told why', async ([input, why], t) => {
    const world = await connected(t, 'rounds');
    expect(await world.callTool('mcp__it__nag', input)).toEqual({
      type: 'error-text',
      value: expect.stringMatching(why),
    });
  });
});

describe('[G1] a server that asks while its call runs', () => {
  it('gets the answers to a form and to a page', async (t) => {
    const world = await connected(t, 'live');
    const { asked, ask } = person(STAGING);
    expect(await world.callTool('mcp__it__deploy', {}, endless, 'k', { ask })).toEqual({
      type: 'text',
      value: 'deployed {"place":"staging"}',
    });
    expect(await world.callTool('mcp__it__sign-in', {}, endless, 'k', { ask })).toEqual({
      type: 'text',
      value: 'signed in: {"action":"accept"}',
    });
    expect(asked).toEqual([
      { key: '1', ...FORM },
      { key: '2', ...PAGE },
    ]);
  });

  it('is told "cancel" when no approver can be asked, and the model that no approver has decided', async (t) => {
    const world = await connected(t, 'live');
    const { ask } = person({ decision: 'superseded', content: null });
    expect(await world.callTool('mcp__it__deploy', {}, endless, 'k', { ask })).toEqual({
      type: 'text',
      value: expect.stringMatching(
        /^not deployed: cancel\n\[A question .* no approver has decided anything\.\]$/,
      ),
    });
  });

  it('can withdraw its question', async (t) => {
    const world = await connected(t, 'live');
    const { asked, ask } = hesitant();
    const stop = new AbortController();
    void world.callTool('mcp__it__take-back', {}, stop.signal, 'k', { ask });
    const signal = await asked;
    while (!signal?.aborted) await new Promise(setImmediate);
    stop.abort('cancelled');
  });

  it('asks for the call without an open question, and asks no approver when several sessions have such calls', async (t) => {
    const world = await connected(t, 'live');
    const first = hesitant();
    const one = world.callTool('mcp__it__deploy', {}, endless, 'one', { ask: first.ask, session: 'one' });
    await first.asked;
    const second = person(STAGING);
    const two = await world.callTool('mcp__it__deploy', {}, endless, 'two', {
      ask: second.ask,
      session: 'two',
    });
    expect(two).toMatchObject({ value: 'deployed {"place":"staging"}' });
    const silent = new AbortController();
    const idle = world.callTool('mcp__it__take-back', {}, silent.signal, 'idle', { session: 'three' });
    const fourth = person(STAGING);
    const four = await world.callTool('mcp__it__deploy', {}, endless, 'four', {
      ask: fourth.ask,
      session: 'four',
    });
    expect(four).toMatchObject({ value: 'not deployed: cancel' });
    expect(fourth.asked).toEqual([]);
    silent.abort('cancelled');
    first.answer(STAGING);
    expect(await one).toMatchObject({ value: 'deployed {"place":"staging"}' });
    expect(await idle).toMatchObject({ type: 'error-text' });
  });

  it('fails with a page to visit first and is called again after the visit', async (t) => {
    const world = await connected(t, 'live');
    const first = await world.callTool('mcp__it__sign-in', { error: true });
    expect(first).toEqual({ type: 'questions', questions: [{ key: '1', ...PAGE }], resume: null });
    const given = [{ key: '1', decision: 'denied', content: null, from: null, note: null }] as const;
    const denied: CallResumption = { resume: null, given: [...given] };
    expect(
      await world.callTool('mcp__it__sign-in', { error: true }, endless, 'k', { answers: denied }),
    ).toEqual({
      type: 'error-text',
      value: 'sign-in did nothing and was not called again. An approver declined to answer.',
    });
    const answers: CallResumption = { resume: null, given: [{ ...given[0], decision: 'approved' }] };
    expect(await world.callTool('mcp__it__sign-in', { error: true }, endless, 'k', { answers })).toEqual({
      type: 'text',
      value: 'signed in',
    });
  });
});

describe('[G1] the reference server of the MCP project', () => {
  it('asks for all kinds of fields and for a page', async (t) => {
    const world = new McpWorld(t, { it: referenceServer('everything', ['stdio']) });
    await world.waitUntilReady('it');
    const { asked, ask } = person({ content: { name: 'Ann', check: true } });
    const form = await world.callTool('mcp__it__trigger-elicitation-request', {}, endless, 'k', { ask });
    expect(form).toMatchObject({ type: 'text', value: expect.stringContaining('Ann') });
    expect(asked[0]?.fields.map(({ name, type }) => `${name} ${type}`)).toMatchInlineSnapshot(`
      [
        "name string",
        "check boolean",
        "firstLine string",
        "email string",
        "homepage string",
        "birthdate string",
        "integer integer",
        "number number",
        "untitledSingleSelectEnum string",
        "untitledMultipleSelectEnum choices",
        "titledSingleSelectEnum string",
        "titledMultipleSelectEnum choices",
        "legacyTitledEnum string",
      ]
    `);
    const input = { url: 'https://example.com/x', message: 'Open it.' };
    expect(
      await world.callTool('mcp__it__trigger-url-elicitation', input, endless, 'k', { ask }),
    ).toMatchObject({
      value: expect.stringContaining('User completed the URL elicitation flow'),
    });
    expect(asked[1]).toMatchObject({ url: 'https://example.com/x', message: 'Open it.', fields: [] });
    const again = await world.callTool('mcp__it__trigger-url-elicitation', { ...input, errorPath: true });
    expect(again).toMatchObject({
      type: 'questions',
      questions: [{ url: 'https://modelcontextprotocol.io' }],
    });
  });
});

it('[F4] uses the older revision with a server that exits on the revision probe', async (t) => {
  const world = new McpWorld(t, { it: fixtureServer('touchy') });
  await world.waitUntilReady('it');
  expect(await world.callTool('mcp__it__look')).toMatchObject({ type: 'text' });
  expect(world.reports.filter(({ event }) => event === 'mcp:failed')).toEqual([]);
});

it('[F4] notices changed tools of a server that requires a subscription', async (t) => {
  const world = await connected(t, 'rounds');
  await world.callTool('mcp__it__grow');
  await world.waitForReport('mcp:listed', {}, 2);
  expect(world.toolNames()).toContain('mcp__it__fruit');
});
