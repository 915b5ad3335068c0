import { afterEach, describe, expect, it } from 'vitest';
import { type HttpOptions, type HttpWorld, NoteWriter, startHttp } from '../support/http.ts';

let world: HttpWorld;

async function start(options: HttpOptions = {}) {
  world = await startHttp(options);
}

afterEach(() => world.close());

async function request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(world.url + path, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

const wait = { prefer: 'wait=20' };

describe('messages', () => {
  it('[A1] are answered 202 with a receipt once they are stored', async () => {
    await start();
    const { status, body } = await request('POST', '/v1/sessions/a/messages', { text: 'hi', id: 'm1' });
    expect(status).toBe(202);
    expect(body).toEqual({ session: 'a', input: 'm1', seq: 0, duplicate: false });
    expect(await world.engine.sessions.show('a')).toMatchObject({ session: 'a', agent: 'main' });
  });

  it('[A1] are not acknowledged before the store has them', async () => {
    let store = () => {};
    const stored = new Promise<void>((resolve) => {
      store = resolve;
    });
    await start({
      sessions: ({ sessions }) => ({
        ...sessions,
        async send(session, message) {
          await stored;
          return sessions.send(session, message);
        },
      }),
    });
    let answered = false;
    const answer = request('POST', '/v1/sessions/a/messages', { text: 'hi' }).then((result) => {
      answered = true;
      return result;
    });
    await request('GET', '/v1/status');
    expect(answered).toBe(false);
    store();
    expect((await answer).status).toBe(202);
  });

  it('wait for the outcome when the sender prefers it', async () => {
    await start();
    const { status, body, headers } = await request(
      'POST',
      '/v1/sessions/a/messages',
      { text: 'hi', id: 'm1' },
      wait,
    );
    expect(status).toBe(200);
    expect(headers.get('preference-applied')).toBe('wait=20');
    expect(body).toEqual({
      session: 'a',
      input: 'm1',
      seq: 0,
      duplicate: false,
      outcome: 'answered',
      text: 'You said: hi',
    });
  });

  it('tell the reason of an outcome that is no answer', async () => {
    await start({ agent: { model: 'scripted/gone' } });
    const { status, body } = await request('POST', '/v1/sessions/a/messages', { text: 'hi' }, wait);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      outcome: 'failed',
      text: '',
      reason: expect.stringContaining('scripted/gone'),
    });
  });

  it('are answered with the receipt when the turn takes longer than the sender waits', async () => {
    await start({ script: [{ text: 'late', delay: 60_000 }] });
    const { status, body, headers } = await request(
      'POST',
      '/v1/sessions/a/messages',
      { text: 'hi' },
      { prefer: 'wait=0' },
    );
    expect(status).toBe(202);
    expect(headers.get('preference-applied')).toBe('wait=0');
    expect(body).toMatchObject({ session: 'a', duplicate: false });
  });

  it('are acknowledged although waiting for the outcome failed', async () => {
    await start({
      sessions: ({ sessions }) => ({ ...sessions, outcome: () => Promise.reject(new Error('disk on fire')) }),
    });
    const { status, body } = await request('POST', '/v1/sessions/a/messages', { text: 'hi', id: 'm1' }, wait);
    expect(status).toBe(202);
    expect(body).toMatchObject({ input: 'm1' });
    expect(world.errors).toHaveLength(1);
  });

  it.each(['return=minimal', 'wait=soon', 'wait', 'await=3'])(
    'ignore the preference "%s"',
    async (prefer) => {
      await start();
      expect((await request('POST', '/v1/sessions/a/messages', { text: 'hi' }, { prefer })).status).toBe(202);
    },
  );

  it('[A3] with the same id are stored once and get the same receipt', async () => {
    await start();
    const message = { text: 'hi', id: 'm1' };
    const first = await request('POST', '/v1/sessions/a/messages', message, wait);
    const second = await request('POST', '/v1/sessions/a/messages', message);
    expect(second.body).toEqual({ session: 'a', input: 'm1', seq: first.body.seq, duplicate: true });
    const both = await Promise.all(
      [1, 2, 3].map(() => request('POST', '/v1/sessions/a/messages', { text: 'x', id: 'm2' })),
    );
    expect(both.filter(({ body }) => body.duplicate === false)).toHaveLength(1);
    expect(new Set(both.map(({ body }) => body.seq)).size).toBe(1);
  });

  it('[A3] with the same id get the outcome of the first when they wait', async () => {
    await start();
    const message = { text: 'hi', id: 'm1' };
    await request('POST', '/v1/sessions/a/messages', message, wait);
    const again = await request('POST', '/v1/sessions/a/messages', message, wait);
    expect(again).toMatchObject({
      status: 200,
      body: { duplicate: true, outcome: 'answered', text: 'You said: hi' },
    });
  });

  it('[A8] are worked on when their sender has left', async () => {
    await start({ script: [{ text: 'done', delay: 50 }] });
    const leaving = new AbortController();
    const delivered = new Promise((resolve) => world.engine.journal.watch(resolve));
    const sent = fetch(`${world.url}/v1/sessions/a/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...wait },
      body: JSON.stringify({ text: 'hi', id: 'm1' }),
      signal: leaving.signal,
    });
    await delivered;
    leaving.abort();
    await expect(sent).rejects.toThrow();
    expect(await world.engine.sessions.outcome('a', 'm1', 0, new AbortController().signal)).toMatchObject({
      outcome: 'answered',
    });
  });

  it('go to the session whose percent-encoded id is in the path', async () => {
    await start();
    for (const id of ['slack/D0AC/1774.58', 'ключ 鍵 🔑', 'a%2Fb', 'a?b#c', '...', 'x;y=z&w', "it's", '%']) {
      const { status, body } = await request('POST', `/v1/sessions/${encodeURIComponent(id)}/messages`, {
        text: 'hi',
      });
      expect({ id, status, session: body.session }).toEqual({ id, status: 202, session: id });
      expect((await request('GET', `/v1/sessions/${encodeURIComponent(id)}`)).body.session).toBe(id);
    }
  });

  it('are told apart from what the engine refuses', async () => {
    await start();
    const { status, body } = await request('POST', '/v1/sessions/a/messages', {
      text: 'hi',
      agent: 'nobody',
    });
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'unknown_agent' });
  });

  it('can be cancelled', async () => {
    await start({ script: [{ text: 'late', delay: 60_000 }] });
    await request('POST', '/v1/sessions/a/messages', { text: 'hi', id: 'm1' });
    const cancel = await request('POST', '/v1/sessions/a/cancel', { reason: 'changed my mind' });
    expect(cancel).toMatchObject({ status: 202, body: { session: 'a', duplicate: false } });
    const outcome = await world.engine.sessions.outcome('a', 'm1', 0, new AbortController().signal);
    expect(outcome).toMatchObject({ outcome: 'cancelled' });
    expect((await request('POST', '/v1/sessions/nowhere/cancel')).body.code).toBe('session_not_found');
  });
});

describe('reading', () => {
  it('lists sessions page by page, and filtered', async () => {
    await start();
    for (const name of ['a', 'b', 'c', 'x/1']) await world.engine.ask(name, 'hi');
    const first = await request('GET', '/v1/sessions?limit=2');
    expect(first.body.sessions.map((row: { session: string }) => row.session)).toEqual(['a', 'b']);
    const rest = await request('GET', `/v1/sessions?limit=2&after=${first.body.next}`);
    expect(rest.body.sessions.map((row: { session: string }) => row.session)).toEqual(['c', 'x/1']);
    expect(rest.body).not.toHaveProperty('next');
    expect((await request('GET', '/v1/sessions?prefix=x%2F')).body.sessions).toHaveLength(1);
    expect((await request('GET', '/v1/sessions?status=running')).body.sessions).toEqual([]);
    expect((await request('GET', '/v1/sessions?agent=other')).body.sessions).toEqual([]);
    expect((await request('GET', '/v1/sessions?limit=100000')).body.sessions).toHaveLength(4);
  });

  it('shows the transcript page by page', async () => {
    await start();
    await world.engine.ask('a', 'one');
    await world.engine.ask('a', 'two');
    const first = await request('GET', '/v1/sessions/a/messages?limit=3');
    const second = await request('GET', `/v1/sessions/a/messages?limit=3&after=${first.body.next}`);
    const texts = [...first.body.messages, ...second.body.messages].map(
      (message: { text: string }) => message.text,
    );
    expect(texts).toEqual(['one', 'You said: one', 'two', 'You said: two']);
    expect(second.body).not.toHaveProperty('next');
  });

  it('exports everything as one document and as lines', async () => {
    await start();
    await (await NoteWriter.open(world.engine.journal, 'a')).write(450);
    const { body } = await request('GET', '/v1/sessions/a/export');
    expect(body).toMatchObject({
      format: 1,
      store: world.engine.sessions.store,
      session: { session: 'a', seq: 450 },
    });
    expect(body.events.map((event: { seq: number }) => event.seq)).toEqual(
      Array.from({ length: 450 }, (_, i) => i + 1),
    );
    const lines = await fetch(`${world.url}/v1/sessions/a/export`, {
      headers: { accept: 'application/jsonl' },
    });
    expect(lines.headers.get('content-type')).toBe('application/jsonl');
    const [head, ...events] = (await lines.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(head).toMatchObject({ format: 1, session: { session: 'a' } });
    expect(events).toEqual(body.events);
  });

  it('exports a damaged session with what can be read', async () => {
    await start({
      sessions: ({ sessions }) => ({
        ...sessions,
        list: async (query) => (await sessions.list(query)).map((row) => ({ ...row, damaged: 'bad record' })),
        show: () => Promise.reject(new Error('cannot be folded')),
        events: async (session, after, limit) =>
          (await sessions.events(session, after, limit)).map((event) =>
            event.seq === 2
              ? { seq: 2, at: event.at, type: 'damaged' as const, reason: 'bad record' }
              : event,
          ),
      }),
    });
    await (await NoteWriter.open(world.engine.journal, 'a')).write(3);
    const { body } = await request('GET', '/v1/sessions/a/export');
    expect(body.session.damaged).toBe('bad record');
    expect(body.events.map((event: { type: string }) => event.type)).toEqual([
      'system_note_added',
      'damaged',
      'system_note_added',
    ]);
  });

  it('says in the export that it broke off', async () => {
    await start({
      sessions: ({ sessions }) => ({ ...sessions, events: () => Promise.reject(new Error('secret path')) }),
    });
    await (await NoteWriter.open(world.engine.journal, 'a')).write(1);
    const { body } = await request('GET', '/v1/sessions/a/export');
    expect(body).toMatchObject({ events: [], problem: { code: 'internal' } });
    expect(JSON.stringify(body)).not.toContain('secret path');
  });

  it.each(['', '/messages', '/events', '/export'])(
    'answers 404 for a session that is not there: %s',
    async (what) => {
      await start();
      const { status, body, headers } = await request('GET', `/v1/sessions/nowhere${what}`);
      expect({ status, code: body.code }).toEqual({ status: 404, code: 'session_not_found' });
      expect(headers.get('content-type')).toBe('application/problem+json');
    },
  );
});

describe('the daemon', () => {
  it('shows its status and passes on what it is asked for', async () => {
    await start();
    expect((await request('GET', '/v1/status')).body).toMatchObject({ mode: 'normal', handover: null });
    expect(await request('POST', '/v1/restart', { reason: 'new key' })).toMatchObject({
      status: 202,
      body: { requested: 'restart', reason: 'new key' },
    });
    expect(await request('POST', '/v1/stop')).toMatchObject({ status: 202, body: { requested: 'stop' } });
    expect(world.wishes).toEqual(['restart: new key', 'stop: asked for over the API']);
  });

  it('is ready only while it serves, and alive all the while', async () => {
    await start();
    expect((await request('GET', '/readyz')).status).toBe(200);
    world.ready = false;
    const { status, headers, body } = await request('GET', '/readyz');
    expect({ status, retry: headers.get('retry-after'), code: body.code }).toEqual({
      status: 503,
      retry: '1',
      code: 'not_ready',
    });
    expect((await request('GET', '/healthz')).body).toEqual({ ok: true });
  });

  it('lifts a quarantine', async () => {
    await start();
    const { journal } = world.engine;
    await NoteWriter.open(journal, 'a');
    await journal.markDamaged('a', 'bad record');
    expect((await request('GET', '/v1/sessions/a')).body.quarantine.reason).toBe('bad record');
    const { status, body } = await request('POST', '/v1/sessions/a/release', { from: 'me' });
    expect({ status, damaged: body.damaged }).toEqual({ status: 202, damaged: null });
    expect((await request('POST', '/v1/sessions/nowhere/release')).status).toBe(404);
  });

  it('describes itself', async () => {
    await start();
    const { body } = await request('GET', '/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.paths).sort()).toEqual([
      '/healthz',
      '/readyz',
      '/v1/restart',
      '/v1/sessions',
      '/v1/sessions/{session}',
      '/v1/sessions/{session}/cancel',
      '/v1/sessions/{session}/events',
      '/v1/sessions/{session}/export',
      '/v1/sessions/{session}/messages',
      '/v1/sessions/{session}/release',
      '/v1/status',
      '/v1/stop',
    ]);
  });
});

describe('refusals', () => {
  it('names what is wrong with a request', async () => {
    await start();
    const { status, body } = await request('POST', '/v1/sessions/a/messages', { txt: 'hi', mode: 'later' });
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
    expect(
      body.faults.map(({ where, field }: { where: string; field: string }) => `${where} ${field}`),
    ).toEqual(expect.arrayContaining(['body text', 'body mode']));
    expect(body.detail).toContain('txt');
  });

  it.each([
    ['GET', '/v1/sessions?limit=0'],
    ['GET', '/v1/sessions?limt=3'],
    ['GET', '/v1/sessions?limit=1&limit=2'],
    ['GET', '/v1/sessions?status=busy'],
    ['GET', '/v1/sessions/a/events?after=-1'],
    ['GET', '/v1/sessions/a/events?after=x'],
    ['GET', '/v1/sessions/%00'],
    ['GET', '/v1/sessions/a%0Ab'],
    ['GET', '/v1/sessions/%FF'],
    ['GET', '/v1/sessions/%zz'],
    ['POST', '/v1/sessions/a/cancel?x=1#'],
  ])('%s %s is a client error', async (method, path) => {
    await start();
    const { status, headers } = await request(method, path);
    expect([400, 404]).toContain(status);
    expect(headers.get('content-type')).toBe('application/problem+json');
  });

  it('is a client error when the session id is longer than 512 bytes', async () => {
    await start();
    const { status, body } = await request('GET', `/v1/sessions/${'%C3%A9'.repeat(257)}`);
    expect({ status, faults: body.faults }).toEqual({
      status: 400,
      faults: [{ where: 'path', field: 'session', problem: expect.stringContaining('514 bytes') }],
    });
  });

  it('knows the routes that were probably meant', async () => {
    await start();
    const { status, body } = await request('GET', '/v1/session/a/message');
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'route_not_found' });
    expect(body.routes).toContain('GET /v1/sessions/{session}/messages');
    expect((await request('GET', '/v1/sessions/slack/D0/messages')).body.detail).toContain('%2F');
  });

  it('names the methods that a route takes', async () => {
    await start();
    const { status, headers, body } = await request('DELETE', '/v1/sessions/a/messages');
    expect({ status, code: body.code }).toEqual({ status: 405, code: 'method_not_allowed' });
    expect(headers.get('allow')?.split(', ').sort()).toEqual(['GET', 'POST']);
  });

  it('takes JSON only', async () => {
    await start();
    const path = '/v1/sessions/a/messages';
    const text = await request('POST', path, '{"text":"hi"}', { 'content-type': 'text/plain' });
    expect({ status: text.status, code: text.body.code }).toEqual({
      status: 415,
      code: 'unsupported_media_type',
    });
    const form = await request('POST', '/v1/stop', 'reason=x', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(form.status).toBe(415);
    expect(world.wishes).toEqual([]);
    expect((await request('POST', path, '{"text":')).body.code).toBe('invalid_request');
    expect(
      (await request('POST', path, '{"text":"hi"}', { 'content-type': 'application/json; charset=utf-8' }))
        .status,
    ).toBe(202);
  });

  it('[K4] keeps what it did not expect to itself, under an id that the log has', async () => {
    const secret = 'token sk-123 in /root/secret';
    await start({
      sessions: ({ sessions }) => ({ ...sessions, show: () => Promise.reject(new Error(secret)) }),
    });
    const { status, body } = await request('GET', '/v1/sessions/a');
    expect({ status, code: body.code }).toEqual({ status: 500, code: 'internal' });
    expect(JSON.stringify(body)).not.toContain('sk-123');
    expect(world.errors).toMatchObject([{ id: body.id, error: { message: secret } }]);
  });
});
