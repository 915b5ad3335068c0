import { afterEach, expect, it } from 'vitest';
import type { z } from 'zod';
import type { Recorded } from '../../src/core/events.ts';
import type { DamagedRecord } from '../../src/journal/journal.ts';
import {
  approval,
  approvalPage,
  decided,
  type decision,
  grantPage,
  revoked,
} from '../../src/protocol/approvals.ts';
import {
  configApplied,
  configDiff,
  configPlan,
  configRevisions,
  configRevisionView,
  configView,
} from '../../src/protocol/config.ts';
import { status, wishAccepted } from '../../src/protocol/daemon.ts';
import { delta, eventPage, type sessionEvent, sessionExport } from '../../src/protocol/events.ts';
import { handoverPage, handoverReport } from '../../src/protocol/handovers.ts';
import { mcpLogin, mcpLoginDone, mcpServers } from '../../src/protocol/mcp.ts';
import { answer, receipt, transcriptPage } from '../../src/protocol/messages.ts';
import { PROBLEM_TYPE, problem } from '../../src/protocol/problem.ts';
import { effectPage, sessionPage, sessionView } from '../../src/protocol/sessions.ts';
import { systemClock } from '../../src/runner/ports.ts';
import type { AgentSettings } from '../../src/runner/settings.ts';
import { HANDOVER, MCP_SERVER } from '../support/control.ts';
import { pendingQuestion, testTool } from '../support/engine.ts';
import { type HttpWorld, startHttp } from '../support/http.ts';
import { openSse } from '../support/sse.ts';

/** What clients rely on, byte for byte. A change here is a change of the public interface. */
const NOW = 1_700_000_000_000;

/** Without the room for members of newer releases, which hides what a schema declares from the compiler. */
type Declared<T> = T extends readonly (infer E)[]
  ? Declared<E>[]
  : T extends object
    ? { [K in keyof T as string extends K ? never : K]: Declared<T[K]> }
    : T;

/** Fails to compile when an event of the journal no longer fits what the API promises. */
const promised = (event: Recorded | DamagedRecord): Declared<z.input<typeof sessionEvent>> => event;

let world: HttpWorld;

afterEach(() => world.close());

async function start(agent: Partial<AgentSettings> = {}) {
  const script = [
    { text: 'Looking.', tools: [{ name: 'look', input: { at: 'x' } }] },
    { text: 'It is {result}.' },
  ];
  const tools = [testTool('look', () => 'blue', { effect: () => 'read' })];
  world = await startHttp({ script, tools, agent, clock: { ...systemClock, now: () => NOW } });
}

async function ask<S extends z.ZodType>(
  schema: S,
  path: string,
  body?: object,
  headers = {},
  method = 'POST',
) {
  const answered = await fetch(world.url + path, {
    ...(body ? { method, body: JSON.stringify(body) } : {}),
    headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
  });
  const json: unknown = await answered.json();
  expect(schema.parse(json)).toEqual(json);
  return { status: answered.status, type: answered.headers.get('content-type'), json };
}

const say = (id: string, headers = {}) =>
  ask(
    headers === waiting ? answer : receipt,
    '/v1/sessions/a%2F1/messages',
    { text: 'hi', id, from: 'ann' },
    headers,
  );
const waiting = { prefer: 'wait=20' };

it('receipt, answer and duplicate', async () => {
  await start();
  expect(await say('m1', waiting)).toEqual({
    status: 200,
    type: 'application/json',
    json: { session: 'a/1', input: 'm1', seq: 0, duplicate: false, outcome: 'answered', text: 'It is blue.' },
  });
  expect(await say('m1')).toEqual({
    status: 202,
    type: 'application/json',
    json: { session: 'a/1', input: 'm1', seq: 0, duplicate: true },
  });
});

it('list, session and transcript', async () => {
  await start();
  await say('m1', waiting);
  const row = {
    session: 'a/1',
    agent: 'main',
    owner: 1,
    seq: 10,
    status: 'idle',
    inputs: 0,
    wakeAt: null,
    createdAt: NOW,
    updatedAt: NOW,
    damaged: null,
  };
  expect((await ask(sessionPage, '/v1/sessions')).json).toEqual({ sessions: [row] });
  expect((await ask(sessionView, '/v1/sessions/a%2F1')).json).toEqual({
    ...row,
    turn: null,
    waitsFor: null,
    approvals: [],
    pending: [],
    last: { turn: 1, outcome: 'answered' },
    quarantine: null,
  });
  expect((await ask(transcriptPage, '/v1/sessions/a%2F1/messages')).json).toEqual({
    messages: [
      { seq: 3, at: NOW, role: 'user', text: 'hi', input: 'm1' },
      {
        seq: 5,
        at: NOW,
        role: 'assistant',
        text: 'Looking.',
        calls: [{ call: '1.1', tool: 'look', input: { at: 'x' } }],
      },
      { seq: 7, at: NOW, role: 'tool', text: 'blue', call: '1.1', tool: 'look', outcome: 'finished' },
      { seq: 9, at: NOW, role: 'assistant', text: 'It is blue.' },
    ],
  });
});

it('effects', async () => {
  const script = [
    {
      tools: [
        { name: 'put', input: { at: 'x' } },
        { name: 'none', input: {} },
      ],
    },
    { text: 'Done.' },
  ];
  const tools = [testTool('put', () => 'done', { effect: () => 'idempotent' })];
  world = await startHttp({ script, tools, clock: { ...systemClock, now: () => NOW } });
  await say('m1', waiting);
  const refused = {
    seq: 6,
    call: '1.2',
    tool: 'none',
    effect: null,
    input: {},
    key: null,
    attempts: 0,
    startedAt: null,
    endedAt: NOW,
    outcome: 'refused',
    reason: 'there is no tool "none"',
  };
  const put = {
    seq: 7,
    call: '1.1',
    tool: 'put',
    effect: 'idempotent',
    input: { at: 'x' },
    key: expect.stringMatching(/^[A-Za-z0-9_-]{32}$/),
    attempts: 1,
    startedAt: NOW,
    endedAt: NOW,
    outcome: 'finished',
  };
  const path = '/v1/sessions/a%2F1/effects';
  expect((await ask(effectPage, path)).json).toEqual({ effects: [refused, put] });
  expect((await ask(effectPage, `${path}?limit=1`)).json).toEqual({ effects: [refused], next: 6 });
  expect((await ask(effectPage, `${path}?after=6`)).json).toEqual({ effects: [put] });
});

it('a conversation that was compacted, with everything that was said', async () => {
  const compaction = { window: 1_000, limit: 100, keepTurns: 1, model: 'scripted/brief' };
  world = await startHttp({
    script: [{ text: 'Good.' }],
    others: { brief: [{ text: 'They talk.' }] },
    agent: { compaction },
    clock: { ...systemClock, now: () => NOW },
  });
  const text = 'x'.repeat(400);
  for (const id of ['m1', 'm2']) await ask(answer, '/v1/sessions/a%2F1/messages', { text, id }, waiting);
  const { json } = await ask(transcriptPage, '/v1/sessions/a%2F1/messages');
  expect(json).toEqual({
    messages: [
      { seq: 3, at: NOW, role: 'user', text, input: 'm1' },
      { seq: 5, at: NOW, role: 'assistant', text: 'Good.' },
      { seq: 8, at: NOW, role: 'user', text, input: 'm2' },
      { seq: 10, at: NOW, role: 'system', text: 'They talk.', replaces: 2 },
      { seq: 12, at: NOW, role: 'assistant', text: 'Good.' },
    ],
  });
  const page = await ask(eventPage, '/v1/sessions/a%2F1/events?after=8&limit=2');
  const by = { attempt: 1, generation: 1, revision: 1 };
  const call = {
    step: 2,
    purpose: 'compaction',
    piece: { from: 0, count: 2 },
    model: 'scripted/brief',
    ...by,
  };
  const summary = { step: 2, summary: 'They talk.', from: 0, dropped: 2, usage: expect.any(Object) };
  expect(page.json).toMatchObject({
    events: [
      { seq: 9, at: NOW, type: 'model_call_started', ...call },
      { seq: 10, at: NOW, type: 'history_compacted', ...summary },
    ],
  });
});

it('events, as page, stream and export', async () => {
  await start();
  await say('m1', waiting);
  const attempt = { attempt: 1, generation: 1, revision: 1 };
  const events = [
    { seq: 1, at: NOW, type: 'session_created', agent: 'main' },
    {
      seq: 2,
      at: NOW,
      type: 'input_received',
      input: { kind: 'message', id: 'm1', text: 'hi', mode: 'steer', from: 'ann' },
    },
    { seq: 3, at: NOW, type: 'turn_started', turn: 1, inputs: ['m1'] },
    {
      seq: 4,
      at: NOW,
      type: 'model_call_started',
      step: 1,
      purpose: 'answer',
      model: 'scripted/test',
      ...attempt,
    },
    {
      seq: 5,
      at: NOW,
      type: 'model_call_finished',
      step: 1,
      content: [
        { type: 'text', text: 'Looking.' },
        { type: 'tool-call', toolCallId: expect.any(String), toolName: 'look', input: { at: 'x' } },
      ],
      finish: 'tool-calls',
      usage: expect.any(Object),
    },
    {
      seq: 6,
      at: NOW,
      type: 'tool_call_started',
      call: '1.1',
      effect: 'read',
      resumable: false,
      key: expect.any(String),
      ...attempt,
    },
    { seq: 7, at: NOW, type: 'tool_call_finished', call: '1.1', output: { type: 'text', value: 'blue' } },
    {
      seq: 8,
      at: NOW,
      type: 'model_call_started',
      step: 2,
      purpose: 'answer',
      model: 'scripted/test',
      ...attempt,
    },
    {
      seq: 9,
      at: NOW,
      type: 'model_call_finished',
      step: 2,
      content: [{ type: 'text', text: 'It is blue.' }],
      finish: 'stop',
      usage: expect.any(Object),
    },
    { seq: 10, at: NOW, type: 'turn_finished', turn: 1, inputs: ['m1'], outcome: 'answered' },
  ];
  const page = (await ask(eventPage, '/v1/sessions/a%2F1/events')).json;
  expect(page).toEqual({ events });
  const journal = await world.engine.journal.events('a/1', 0, 100);
  expect(journal.map(promised)).toEqual(events);
  const { store } = world.engine.sessions;
  expect((await ask(sessionExport, '/v1/sessions/a%2F1/export')).json).toEqual({
    format: 1,
    store,
    exportedAt: expect.any(Number),
    session: expect.objectContaining({ session: 'a/1', seq: 10 }),
    events,
  });
  const stream = await openSse(`${world.url}/v1/sessions/a%2F1/events?after=9`);
  await stream.next();
  expect(stream.text()).toBe(
    `retry: 1000\n\nid: ${store}.10\nevent: turn_finished\ndata: {"type":"turn_finished","turn":1,"inputs":["m1"],"outcome":"answered","seq":10,"at":${NOW}}\n\n`,
  );
  stream.close();
});

it('questions to people, decisions and grants', async () => {
  const permit = { verdict: 'ask', rule: 'look', patience: 60_000, grantedBy: () => false } as const;
  await start({ permit: () => permit });
  await say('m1');
  const id = await pendingQuestion(world.engine, 'a/1');
  const asked = {
    approval: id,
    session: 'a/1',
    agent: 'main',
    call: '1.1',
    tool: 'look',
    input: { at: 'x' },
    rule: 'look',
    requester: 'ann',
    state: 'pending',
    requestedAt: NOW,
    expiresAt: NOW + 60_000,
    resolvedAt: null,
    from: null,
    note: null,
    inquiry: null,
    content: null,
  };
  expect((await ask(approvalPage, '/v1/approvals?state=pending&session=a%2F1&limit=5')).json).toEqual({
    approvals: [asked],
  });
  expect((await ask(approval, `/v1/approvals/${id}`)).json).toEqual(asked);
  expect((await ask(sessionView, '/v1/sessions/a%2F1')).json).toMatchObject({
    status: 'waiting',
    waitsFor: 'approval',
    approvals: [asked],
    turn: { number: 1, startedAt: NOW, inputs: ['m1'], steps: 1, retryAt: null },
  });
  const approve: z.input<typeof decision> = { decision: 'approve', from: 'ben', note: 'go', scope: 'always' };
  expect(await ask(decided, `/v1/sessions/a%2F1/approvals/${id}`, approve)).toEqual({
    status: 202,
    type: 'application/json',
    json: { session: 'a/1', approval: id, decision: 'approve', seq: 6 },
  });
  await say('m1', waiting);
  const resolved = { state: 'approved', resolvedAt: NOW, from: 'ben', note: 'go' };
  expect((await ask(approval, `/v1/approvals/${id}`)).json).toEqual({ ...asked, ...resolved });
  expect((await ask(grantPage, '/v1/grants')).json).toEqual({
    grants: [{ agent: 'main', session: null, rule: 'look', at: NOW, from: 'ben' }],
  });
  const grant = { agent: 'main', rule: 'look' };
  const gone = { ...grant, session: null };
  expect((await ask(revoked, '/v1/grants', grant, {}, 'DELETE')).json).toEqual(gone);
  expect(await ask(problem, '/v1/grants', grant, {}, 'DELETE')).toMatchObject({
    status: 404,
    json: { code: 'grant_not_found' },
  });
  expect(await ask(problem, `/v1/sessions/a%2F1/approvals/${id}`, { decision: 'deny' })).toMatchObject({
    status: 409,
    json: { code: 'approval_closed', state: 'approved', from: 'ben' },
  });
  expect(await ask(problem, '/v1/sessions/b/approvals/x', { decision: 'deny' })).toMatchObject({
    status: 404,
    json: { code: 'approval_not_found' },
  });
});

it('delta', () => {
  const piece = { type: 'delta', step: 1, attempt: 1, offset: 0, text: 'Look' };
  expect(delta.parse(piece)).toEqual(piece);
});

it('status, restart, stop and health', async () => {
  await start();
  expect((await ask(status, '/v1/status')).json).toEqual({
    version: '0.1.0',
    mode: 'normal',
    reasons: [],
    generation: { number: 1, startedAt: NOW },
    revision: { number: 1, state: 'good' },
    config: { problem: null },
    mcp: [],
    sessions: { idle: 0, queued: 0, running: 0, waiting: 0, quarantined: 0 },
    handover: null,
  });
  expect(await ask(wishAccepted, '/v1/restart', { reason: 'new key' })).toMatchObject({
    status: 202,
    json: { requested: 'restart', reason: 'new key', handover: '3' },
  });
  expect((await ask(wishAccepted, '/v1/stop', {})).json).toEqual({
    requested: 'stop',
    reason: 'asked for over the API',
    handover: null,
  });
});

it('MCP servers and logins', async () => {
  await start();
  expect((await ask(mcpServers, '/v1/mcp')).json).toEqual({
    servers: [
      {
        server: 'wiki',
        state: 'needs_login',
        error: 'needs a login: run `midturn mcp login wiki`',
        retryAt: NOW + 60_000,
        tools: 0,
        login: {
          since: null,
          scope: null,
          pending: { login: 'l-1', expiresAt: NOW + 600_000 },
          last: null,
        },
      },
    ],
  });
  expect((await ask(mcpServers, '/v1/mcp')).json).toEqual({ servers: [MCP_SERVER] });
  expect((await ask(mcpLogin, '/v1/mcp/wiki/login', {})).json).toEqual({
    server: 'wiki',
    login: 'l-1',
    url: 'https://login.example.com/authorize?state=right',
    expiresAt: NOW + 600_000,
  });
  const address = 'http://127.0.0.1:7717/v1/mcp/callback?state=right&code=c';
  expect((await ask(mcpLoginDone, '/v1/mcp/login', { address }, {}, 'PUT')).json).toEqual({ server: 'wiki' });
  expect(await ask(problem, '/v1/mcp/login', { address: 'http://x/?state=wrong' }, {}, 'PUT')).toMatchObject({
    status: 400,
    type: PROBLEM_TYPE,
    json: { code: 'mcp_login_unknown' },
  });
  expect((await ask(mcpLoginDone, '/v1/mcp/wiki/login', {}, {}, 'DELETE')).json).toEqual({ server: 'wiki' });
  expect(world.wishes).toEqual(['login: wiki', 'answer: c', 'logout: wiki']);
});

it('handovers', async () => {
  await start();
  expect((await ask(handoverReport, '/v1/handovers/2')).json).toEqual(HANDOVER);
  expect((await ask(handoverPage, '/v1/handovers?limit=1')).json).toEqual({
    handovers: [HANDOVER],
    next: '2',
  });
});

it('configuration, plan and change', async () => {
  await start();
  const hash = 'a'.repeat(64);
  expect((await ask(configView, '/v1/config')).json).toEqual({
    source: '{}',
    hash,
    origin: 'file',
    revision: { number: 1, state: 'good' },
    problem: null,
    writable: true,
  });
  const changes = [{ path: 'listen', apply: 'handover', kind: 'changed', before: 'a:1', after: 'b:1' }];
  expect((await ask(configPlan, '/v1/config/plan', { patch: { listen: 'b:1' } })).json).toEqual({
    apply: 'handover',
    changes,
    affected: { running: 1, waiting: 0, queued: 0, agents: { main: 1 } },
    estimate: { most: 61_000, words: 'A new generation serves after about 1 s.' },
  });
  const applied = { revision: 2, applied: 'handover', handover: '3', keys: ['listen'], hash };
  expect((await ask(configApplied, '/v1/config', { source: '{}' }, {}, 'PUT')).json).toEqual(applied);
  expect((await ask(configApplied, '/v1/config', { listen: 'b:1' }, {}, 'PATCH')).json).toEqual(applied);
  expect((await ask(configApplied, '/v1/config/rollback', { revision: 1 })).json).toEqual(applied);
  const revision = { number: 1, at: NOW, hash, origin: 'file', state: 'good', keys: [] };
  expect((await ask(configRevisions, '/v1/config/revisions')).json).toEqual({
    revisions: [revision],
    current: 1,
  });
  expect((await ask(configRevisionView, '/v1/config/revisions/1')).json).toEqual({
    ...revision,
    source: '{}',
  });
  expect((await ask(configDiff, '/v1/config/diff?from=1')).json).toEqual({
    from: 1,
    to: null,
    changes,
    text: '-a\n+b\n',
  });
});

it('problem', async () => {
  await start();
  expect(await ask(problem, '/v1/sessions/nowhere')).toEqual({
    status: 404,
    type: PROBLEM_TYPE,
    json: {
      type: 'urn:midturn:session_not_found',
      title: 'Session not found',
      status: 404,
      detail: 'There is no session "nowhere". `midturn sessions ls` lists them.',
      code: 'session_not_found',
    },
  });
});

it('codes of the problems that the API has of its own', async () => {
  await start();
  const code = async (path: string, init: RequestInit = {}) => {
    const answered = await fetch(world.url + path, init);
    return `${answered.status} ${problem.parse(await answered.json()).code}`;
  };
  const post = (body: string, type = 'application/json') => ({
    method: 'POST',
    body,
    headers: { 'content-type': type },
  });
  const messages = '/v1/sessions/a/messages';
  expect(await code('/v1/sessions?limit=x')).toBe('400 invalid_request');
  expect(await code(messages, post('{'))).toBe('400 invalid_request');
  expect(await code(messages, post('{}', 'text/plain'))).toBe('415 unsupported_media_type');
  expect(await code(messages, post(JSON.stringify({ text: 'x'.repeat(100_000) })))).toBe(
    '413 body_too_large',
  );
  expect(await code(messages, post(JSON.stringify({ text: 'x'.repeat(1_001) })))).toBe(
    '413 message_too_large',
  );
  expect(await code('/v1/nothing')).toBe('404 route_not_found');
  expect(await code(messages, { method: 'PUT' })).toBe('405 method_not_allowed');
  expect(await code('/v1/status', { headers: { origin: 'http://x' } })).toBe('403 origin_not_allowed');
  expect(await code('/v1/handovers/9')).toBe('404 handover_not_found');
  expect(await code('/v1/config/revisions/9')).toBe('404 revision_not_found');
  const stale = { 'content-type': 'application/json', 'if-match': '"b"' };
  const put = { method: 'PUT', body: '{"source": "{}"}', headers: stale };
  expect(await code('/v1/config', put)).toBe('412 config_conflict');
  await world.engine.sessions.send('a', { text: 'hi' });
  expect(await code('/v1/sessions/a/events?after=999')).toBe('410 position_gone');
  world.config.tokens = ['t'];
  expect(await code('/v1/status')).toBe('401 unauthorized');
  world.ready = false;
  expect(await code('/readyz')).toBe('503 not_ready');
});
