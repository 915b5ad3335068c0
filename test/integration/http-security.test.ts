import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { type HttpOptions, type HttpWorld, startHttp } from '../support/http.ts';
import { FOREIGN_HOSTS, FOREIGN_ORIGINS, OWN_HOSTS, wrongTokens } from '../support/http-callers.ts';

let world: HttpWorld;

async function start(config: HttpOptions['config'] = {}) {
  world = await startHttp({ config });
}

afterEach(() => world.close());

/** Unlike `fetch`, sends any header that it is told to. */
async function ask(
  path: string,
  headers: Record<string, string> = {},
  over: 'tcp' | 'unix' = 'tcp',
  method = 'GET',
): Promise<{ status: number; code: string; headers: Record<string, unknown> }> {
  const { port } = new URL(world.url);
  const to = over === 'tcp' ? { host: '127.0.0.1', port } : { socketPath: world.socketPath };
  const answer = await new Promise<{ status: number; body: string; headers: Record<string, unknown> }>(
    (resolve, reject) => {
      const sent = request({ ...to, path, method, headers, agent: false }, async (response) => {
        const body = await text(response);
        resolve({ status: response.statusCode ?? 0, body, headers: response.headers });
      });
      sent.on('error', reject);
      sent.end();
    },
  );
  const code = answer.status >= 400 && method !== 'HEAD' ? JSON.parse(answer.body).code : '';
  return { status: answer.status, code, headers: answer.headers };
}

const TOKENS = ['first-token', 'second-token'];
const ROUTES = ['/v1/status', '/v1/sessions', '/v1/sessions/a', '/openapi.json', '/no/such/route'];

describe('tokens', () => {
  it.each(ROUTES)('[K1] are needed on TCP once there are any: %s', async (path) => {
    await start({ tokens: TOKENS });
    const { status, code, headers } = await ask(path);
    expect({ status, code }).toEqual({ status: 401, code: 'unauthorized' });
    expect(headers['www-authenticate']).toBe('Bearer');
    expect((await ask(path, { authorization: 'Bearer second-token' })).status).not.toBe(401);
  });

  it('[K1] that are missing or wrong are logged with the address, and the token is not', async () => {
    await start({ tokens: TOKENS });
    await ask('/v1/status?secret=1');
    await ask('/v1/status', { authorization: 'Bearer a-wrong-token' });
    expect(world.infos).toMatchObject([
      { event: 'http:refused', by: expect.stringContaining('127.0.0.1'), token: 'none', path: '/v1/status' },
      { event: 'http:refused', token: 'unknown', path: '/v1/status' },
    ]);
    expect(JSON.stringify(world.infos)).not.toMatch(/a-wrong-token|secret/);
  });

  it('[K1] are not needed on the unix socket, nor when there are none', async () => {
    await start({ tokens: TOKENS });
    expect((await ask('/v1/status', {}, 'unix')).status).toBe(200);
    world.config.tokens = [];
    expect((await ask('/v1/status')).status).toBe(200);
  });

  it('[K1] are not needed to probe', async () => {
    await start({ tokens: TOKENS });
    expect((await ask('/healthz')).status).toBe(200);
    expect((await ask('/readyz')).status).toBe(200);
  });

  it.each(wrongTokens('first-token', 'second-token'))('[K3] must be equal: %s', async (authorization) => {
    await start({ tokens: TOKENS });
    expect((await ask('/v1/status', { authorization })).status).toBe(401);
  });

  it('[K3] count from the moment the config has them', async () => {
    await start();
    world.config.tokens = ['new'];
    expect((await ask('/v1/status')).status).toBe(401);
    expect((await ask('/v1/status', { authorization: 'Bearer new' })).status).toBe(200);
  });

  it('[K1] are not needed to come back from a login, which brings a secret of its own', async () => {
    await start({ tokens: TOKENS });
    const behindProxy = { headers: { host: 'midturn.example.com' } };
    const page = await fetch(`${world.url}/v1/mcp/callback?state=right&code=c`, behindProxy);
    expect({ status: page.status, type: page.headers.get('content-type') }).toEqual({
      status: 200,
      type: 'text/plain; charset=utf-8',
    });
    expect((await fetch(`${world.url}/v1/mcp/callback?state=wrong&code=c`)).status).toBe(400);
    expect((await fetch(`${world.url}/v1/mcp/callback`)).status).toBe(400);
    for (const [path, method] of [
      ['/v1/mcp', 'GET'],
      ['/v1/mcp/wiki/login', 'POST'],
      ['/v1/mcp/wiki/login', 'DELETE'],
      ['/v1/mcp/login', 'PUT'],
    ] as const) {
      expect((await ask(path, {}, 'tcp', method)).code).toBe('unauthorized');
    }
    expect(world.wishes).toEqual(['answer: c']);
  });

  it('[K4] are not repeated in the answer', async () => {
    await start({ tokens: TOKENS });
    const answer = await fetch(`${world.url}/v1/status`, {
      headers: { authorization: 'Bearer guessed-secret' },
    });
    const body = await answer.text();
    for (const secret of [...TOKENS, 'guessed-secret']) expect(body).not.toContain(secret);
    expect(JSON.stringify(world.errors)).not.toContain('guessed-secret');
  });

  it.each(['/v1/sessions/a/events', '/v1/sessions/a/export', '/v1/sessions/a/messages'])(
    '[K6] are needed to read a session: %s',
    async (path) => {
      await start({ tokens: TOKENS });
      await world.engine.ask('a', 'private');
      for (const accept of ['application/json', 'text/event-stream', 'application/jsonl']) {
        expect((await ask(path, { accept })).status).toBe(401);
      }
    },
  );
});

describe('names', () => {
  it.each(OWN_HOSTS)('[K3] of this machine are served: %s', async (host) => {
    await start();
    expect((await ask('/v1/status', { host })).status).toBe(200);
  });

  it.each(FOREIGN_HOSTS)('[K3] of others are refused (DNS rebinding): %s', async (host) => {
    await start();
    for (const path of ['/v1/status', '/healthz', '/nowhere']) {
      const { status } = await ask(path, { host });
      expect([400, 403]).toContain(status);
    }
    expect((await ask('/v1/status', { host: 'evil.example' })).code).toBe('host_not_allowed');
  });

  it('[K3] that the config allows are served, and any on the unix socket', async () => {
    await start({ allowedHosts: ['Agents.example.com'], tokens: TOKENS });
    const authorization = 'Bearer first-token';
    expect((await ask('/v1/status', { host: 'midturn.cluster.internal', authorization })).status).toBe(200);
    const wrong = { host: 'midturn.cluster.internal', authorization: 'Bearer no-token' };
    expect((await ask('/v1/status', wrong)).code).toBe('host_not_allowed');
    world.config.tokens = [];
    expect((await ask('/v1/status', { host: 'agents.example.com:7717' })).status).toBe(200);
    expect((await ask('/v1/status', { host: 'whatever.example' }, 'unix')).status).toBe(200);
  });
});

describe('origins', () => {
  it.each(FOREIGN_ORIGINS)('[K3] of other pages are refused (CSRF): %s', async (origin) => {
    await start();
    const host = new URL(world.url).host;
    for (const over of ['tcp', 'unix'] as const) {
      const { status, code } = await ask('/v1/stop', { host, origin }, over, 'POST');
      expect({ status, code }).toEqual({ status: 403, code: 'origin_not_allowed' });
    }
    expect((await ask('/v1/stop', { host, origin }, 'tcp', 'OPTIONS')).status).toBe(403);
    expect(world.wishes).toEqual([]);
  });

  it("[K3] of the daemon's own pages are served", async () => {
    await start();
    const host = new URL(world.url).host;
    expect((await ask('/v1/status', { host, origin: world.url })).status).toBe(200);
  });
});
