import { afterEach, describe, expect, it } from 'vitest';
import { type HttpOptions, type HttpWorld, NoteWriter, startHttp } from '../support/http.ts';
import { requestJson } from '../support/http-request.ts';

let world: HttpWorld;

async function start(options: HttpOptions = {}) {
  world = await startHttp(options);
}

afterEach(() => world.close());

const request = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  requestJson(world.url + path, method, body, headers);

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

  it('lists sessions by their last change, page by page', async () => {
    await start();
    for (const name of ['c', 'a:1', 'b']) await world.engine.ask(name, 'hi');
    const ids = ({ body }: { body: { sessions: { session: string }[] } }) =>
      body.sessions.map(({ session }) => session);
    const all = await request('GET', '/v1/sessions?order=recent');
    const changed = all.body.sessions.map((row: { updatedAt: number }) => row.updatedAt);
    expect(changed).toEqual(changed.toSorted((x: number, y: number) => y - x));
    const first = await request('GET', '/v1/sessions?order=recent&limit=2');
    const rest = await request(
      'GET',
      `/v1/sessions?order=recent&after=${encodeURIComponent(first.body.next)}`,
    );
    expect([...ids(first), ...ids(rest)]).toEqual(ids(all));
    const later = await request('GET', `/v1/sessions?since=${Date.now() + 60_000}`);
    expect(later.body).toEqual({ sessions: [] });
    expect(await request('GET', '/v1/sessions?order=recent&after=b')).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('after') },
    });
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
    await (await NoteWriter.open(world.engine.journal, 'a')).writeNotes(450);
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
        viewSession: () => Promise.reject(new Error('cannot be folded')),
        readEvents: async (session, after, limit) =>
          (await sessions.readEvents(session, after, limit)).map((event) =>
            event.seq === 2
              ? { seq: 2, at: event.at, type: 'damaged' as const, reason: 'bad record' }
              : event,
          ),
      }),
    });
    await (await NoteWriter.open(world.engine.journal, 'a')).writeNotes(3);
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
      sessions: ({ sessions }) => ({
        ...sessions,
        readEvents: () => Promise.reject(new Error('secret path')),
      }),
    });
    await (await NoteWriter.open(world.engine.journal, 'a')).writeNotes(1);
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
      body: { requested: 'restart', reason: 'new key', handover: '3' },
    });
    expect(await request('POST', '/v1/stop')).toMatchObject({ status: 202, body: { requested: 'stop' } });
    expect(world.wishes).toEqual(['restart: new key', 'stop: asked for over the API']);
    expect(world.infos).toEqual([
      { event: 'http:restart_wanted', by: '127.0.0.1', reason: 'new key' },
      { event: 'http:stop_wanted', by: '127.0.0.1', reason: 'asked for over the API' },
    ]);
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
    expect({ status, duplicate: body.duplicate }).toEqual({ status: 202, duplicate: false });
    expect((await request('GET', '/v1/sessions/a')).body).toMatchObject({ damaged: null, quarantine: null });
    expect((await request('POST', '/v1/sessions/nowhere/release')).status).toBe(404);
  });

  it('describes itself', async () => {
    await start();
    const { body } = await request('GET', '/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.paths).sort()).toEqual([
      '/healthz',
      '/metrics',
      '/openapi.json',
      '/readyz',
      '/v1/approvals',
      '/v1/approvals/{approval}',
      '/v1/blobs',
      '/v1/config',
      '/v1/config/diff',
      '/v1/config/plan',
      '/v1/config/revisions',
      '/v1/config/revisions/{number}',
      '/v1/config/rollback',
      '/v1/events',
      '/v1/grants',
      '/v1/handovers',
      '/v1/handovers/{id}',
      '/v1/mcp',
      '/v1/mcp/callback',
      '/v1/mcp/login',
      '/v1/mcp/{server}/login',
      '/v1/reminders',
      '/v1/reminders/{id}',
      '/v1/restart',
      '/v1/schedules',
      '/v1/schedules/{name}/pause',
      '/v1/schedules/{name}/resume',
      '/v1/schedules/{name}/run',
      '/v1/sessions',
      '/v1/sessions/{session}',
      '/v1/sessions/{session}/approvals/{approval}',
      '/v1/sessions/{session}/blobs/{blob}',
      '/v1/sessions/{session}/cancel',
      '/v1/sessions/{session}/effects',
      '/v1/sessions/{session}/events',
      '/v1/sessions/{session}/export',
      '/v1/sessions/{session}/messages',
      '/v1/sessions/{session}/release',
      '/v1/status',
      '/v1/stop',
      '/v1/usage',
    ]);
  });
});
