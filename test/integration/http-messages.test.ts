import { afterEach, describe, expect, it } from 'vitest';
import { type HttpOptions, type HttpWorld, startHttp } from '../support/http.ts';
import { requestJson } from '../support/http-request.ts';

let world: HttpWorld;

async function start(options: HttpOptions = {}) {
  world = await startHttp(options);
}

afterEach(() => world.close());

const request = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  requestJson(world.url + path, method, body, headers);

const wait = { prefer: 'wait=20' };

describe('messages', () => {
  it('[A1] are answered 202 with a receipt once they are stored', async () => {
    await start();
    const { status, body } = await request('POST', '/v1/sessions/a/messages', { text: 'hi', id: 'm1' });
    expect(status).toBe(202);
    expect(body).toEqual({ session: 'a', input: 'm1', seq: 0, duplicate: false });
    expect(await world.engine.sessions.viewSession('a')).toMatchObject({ session: 'a', agent: 'main' });
  });

  it('[A1] are not acknowledged before the store has them', async () => {
    let store = () => {};
    const stored = new Promise<void>((resolve) => {
      store = resolve;
    });
    await start({
      sessions: ({ sessions }) => ({
        ...sessions,
        async sendMessage(session, message) {
          await stored;
          return sessions.sendMessage(session, message);
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
      sessions: ({ sessions }) => ({
        ...sessions,
        waitForOutcome: () => Promise.reject(new Error('disk on fire')),
      }),
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

  it.each(['', ' ', '\n\t', '\u200b', '\u3000'])('are refused when they are blank: %j', async (text) => {
    await start();
    const { status, body } = await request('POST', '/v1/sessions/a/messages', { text, id: 'm1' });
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_request' });
    expect(await world.engine.sessions.viewSession('a').catch(() => undefined)).toBeUndefined();
  });

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
    expect(
      await world.engine.sessions.waitForOutcome('a', 'm1', 0, new AbortController().signal),
    ).toMatchObject({
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
    const outcome = await world.engine.sessions.waitForOutcome('a', 'm1', 0, new AbortController().signal);
    expect(outcome).toMatchObject({ outcome: 'cancelled' });
    expect((await request('POST', '/v1/sessions/nowhere/cancel')).body.code).toBe('session_not_found');
  });
});
