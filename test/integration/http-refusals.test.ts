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
    const secret = 'token sk-123 in a private file';
    await start({
      sessions: ({ sessions }) => ({ ...sessions, viewSession: () => Promise.reject(new Error(secret)) }),
    });
    const { status, body } = await request('GET', '/v1/sessions/a');
    expect({ status, code: body.code }).toEqual({ status: 500, code: 'internal' });
    expect(JSON.stringify(body)).not.toContain('sk-123');
    expect(world.errors).toMatchObject([{ id: body.id, error: { message: secret } }]);
  });
});
