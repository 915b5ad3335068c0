import { afterEach, describe, expect, it } from 'vitest';
import { pendingQuestion, testTool, toolCallPart } from '../support/engine.ts';
import { type HttpWorld, startHttp } from '../support/http.ts';
import { requestJson } from '../support/http-request.ts';

let world: HttpWorld;

afterEach(() => world.close());

const OWN = 'team/ann';
const FOREIGN = 'board/secret-plans';
/** Part of every text of the foreign session. */
const MARK = 'secret';

const CLIENTS = {
  reader: { token: 'token-of-the-reader', role: 'reader' },
  approver: { token: 'token-of-the-approver', role: 'approver' },
  boss: { token: 'token-of-the-boss', role: 'operator' },
  ann: { token: 'token-of-ann', role: 'approver', sessions: ['team/*'] },
  viewer: { token: 'token-of-the-viewer', role: 'reader', sessions: ['team/*', 'ops'] },
  others: { token: 'token-of-the-others', role: 'approver', agents: ['other'] },
} as const;

type Name = keyof typeof CLIENTS;

/** Two sessions that both wait for an approver, and a finished one of each team. */
async function start() {
  world = await startHttp({
    config: { clients: CLIENTS },
    tools: [testTool('deploy', () => 'deployed')],
    script: [{ tools: [toolCallPart('deploy', { what: '{input}' })] }, { text: 'done: {input}' }],
    agent: {
      decideOnCall: () => ({ verdict: 'ask', rule: 'deploy', patience: 60_000, isGrantedBy: () => false }),
    },
  });
  const { engine } = world;
  const approvals: Record<string, string> = {};
  for (const session of [OWN, FOREIGN]) {
    await engine.sessions.sendMessage(session, { id: 'm', text: `deploy for ${session}` });
    approvals[session] = await pendingQuestion(engine, session);
  }
  return { own: approvals[OWN] ?? '', foreign: approvals[FOREIGN] ?? '' };
}

function request(name: Name, method: string, path: string, body?: unknown) {
  return requestJson(world.url + path, method, body, { authorization: `Bearer ${CLIENTS[name].token}` });
}

const inPath = (session: string) => `/v1/sessions/${encodeURIComponent(session)}`;

interface Operation {
  method: string;
  path: string;
  about: string | undefined;
  access: string;
}

/** Every operation of the API, from its own document. */
async function listOperations(): Promise<Operation[]> {
  const { body } = await request('boss', 'GET', '/openapi.json');
  return Object.entries<Record<string, Record<string, string>>>(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, route]) => ({
      ...{ method: method.toUpperCase(), path },
      ...{ about: route['x-about'], access: route['x-access'] ?? '' },
    })),
  );
}

/** Bodies of those operations that need one, by the end of their paths. */
const BODIES: Record<string, object> = { messages: { text: 'hi' }, '{approval}': { decision: 'approve' } };

/** Calls an operation with Ann's token; the names that were asked for are taken out of the answer. */
async function callAsAnn({ method, path }: Operation, session: string, approval: string): Promise<string> {
  const filled = path
    .replace('{session}', encodeURIComponent(session))
    .replace('{approval}', approval)
    .replaceAll(/\{\w+\}/g, 'x');
  const body = /GET|HEAD/.test(method)
    ? {}
    : { body: JSON.stringify(BODIES[path.split('/').at(-1) ?? ''] ?? {}) };
  const response = await fetch(world.url + filled, {
    method,
    headers: { authorization: `Bearer ${CLIENTS.ann.token}`, 'content-type': 'application/json' },
    ...body,
  });
  const text = await response.text();
  return `${response.status} ${text.replaceAll(session, 'NAME').replaceAll(approval, 'APPROVAL')}`;
}

describe('a token with limits', () => {
  it('[K6] [O8] gets no name and no event of another session from any route', async () => {
    const { foreign } = await start();
    const operations = await listOperations();
    expect(operations.length).toBeGreaterThan(40);
    for (const operation of operations) {
      const { method, path, about, access } = operation;
      const what = `${method} ${path}`;
      const answer = await callAsAnn(operation, FOREIGN, foreign);
      expect(answer, what).not.toContain(MARK);
      // What exists and may not be seen is answered like what does not exist.
      if (about === 'sessions' && path.includes('{'))
        expect(answer, what).toBe(await callAsAnn(operation, 'board/nothing-there', 'no-such-approval'));
      if (about !== 'sessions' && access !== 'open')
        expect(answer, what).toMatch(/scoped_token|operator_only/);
    }
    const { seq } = await world.engine.sessions.viewSession(FOREIGN);
    expect(await world.engine.sessions.readEvents(FOREIGN, seq, 10)).toEqual([]);
  });

  it('[K6] sees and uses its own sessions in lists, feed, stream, export and approvals', async () => {
    const { own } = await start();
    const names = (body: { sessions: { session: string }[] }) => body.sessions.map(({ session }) => session);
    expect(names((await request('ann', 'GET', '/v1/sessions')).body)).toEqual([OWN]);
    expect(names((await request('ann', 'GET', '/v1/sessions?order=recent')).body)).toEqual([OWN]);
    const feed = (await request('ann', 'GET', '/v1/events')).body;
    expect(feed.events.length).toBeGreaterThan(3);
    expect(new Set(feed.events.map(({ session }: { session: string }) => session))).toEqual(new Set([OWN]));
    expect((await request('ann', 'GET', `${inPath(OWN)}/export`)).status).toBe(200);
    const { approvals } = (await request('ann', 'GET', '/v1/approvals?state=pending')).body;
    expect(approvals).toMatchObject([{ session: OWN, approval: own }]);
    const decided = await request('ann', 'POST', `${inPath(OWN)}/approvals/${own}`, { decision: 'approve' });
    expect(decided.status).toBe(202);
    expect((await request('ann', 'POST', `${inPath('team/new')}/messages`, { text: 'hi' })).status).toBe(202);
    expect((await request('ann', 'POST', `${inPath('board/new')}/messages`, { text: 'hi' })).status).toBe(
      404,
    );
    expect(names((await request('boss', 'GET', '/v1/sessions')).body)).not.toContain('board/new');
  });

  it('[K6] follows a live feed without the events of other sessions', async () => {
    await start();
    const leaving = new AbortController();
    const response = await fetch(`${world.url}/v1/events`, {
      headers: { authorization: `Bearer ${CLIENTS.viewer.token}`, accept: 'text/event-stream' },
      signal: leaving.signal,
    });
    await world.engine.sessions.sendMessage(FOREIGN, { text: `more ${MARK}s` });
    await world.engine.sessions.sendMessage('ops', { id: 'last-of-all', text: 'hello' });
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (text.includes('last-of-all')) break;
    }
    leaving.abort();
    expect(text).not.toContain(MARK);
  });

  it('[K6] of an agent neither sees nor creates sessions of another agent', async () => {
    await start();
    expect((await request('others', 'GET', '/v1/sessions')).body).toEqual({ sessions: [] });
    expect((await request('others', 'GET', inPath(OWN))).status).toBe(404);
    const asMain = await request('others', 'POST', `${inPath('new')}/messages`, {
      text: 'hi',
      agent: 'main',
    });
    expect(asMain.status).toBe(404);
  });
});

describe('a role', () => {
  it.each([
    ['reader', { read: true, write: false, operate: false }],
    ['approver', { read: true, write: true, operate: false }],
    ['boss', { read: true, write: true, operate: true }],
  ] as const)('[K3] "%s" opens routes as it declares: %j', async (name, opens) => {
    await start();
    for (const { method, path, access } of await listOperations()) {
      if (access === 'open' || /restart|stop/.test(path)) continue;
      const body = method === 'GET' ? undefined : {};
      const { status, body: answer } = await request(name, method, path.replaceAll(/\{\w+\}/g, 'x'), body);
      const refused = status === 403 && /^(read_only_token|operator_only)$/.test(answer?.code);
      expect(`${method} ${path}: ${!refused}`).toBe(`${method} ${path}: ${Reflect.get(opens, access)}`);
    }
  });

  it('[K3] sends and decides under the name of its token', async () => {
    const { own } = await start();
    await request('approver', 'POST', `${inPath(OWN)}/approvals/${own}`, { decision: 'approve' });
    const decided = await world.engine.sessions.getApproval(own);
    expect(decided).toMatchObject({ from: 'approver' });
    const asOther = { text: 'hi', from: 'somebody-else' };
    expect((await request('approver', 'POST', `${inPath(OWN)}/messages`, asOther)).status).toBe(403);
    expect((await request('boss', 'POST', `${inPath(OWN)}/messages`, asOther)).status).toBe(202);
  });
});
