import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAddress } from '../support/address.ts';
import { Daemon } from '../support/daemon.ts';
import { FOREIGN_HOSTS, FOREIGN_ORIGINS, OWN_HOSTS, wrongTokens } from '../support/http-callers.ts';
import { fuzzBytes, fuzzRequests } from '../support/http-fuzz.ts';

const FIRST = 'a-long-enough-first-token';
const SECOND = 'a-long-enough-second-token';

let open: Daemon;
let guarded: Daemon;

beforeAll(async () => {
  open = new Daemon({});
  guarded = new Daemon({ auth: { tokens: [FIRST, SECOND] } });
  await Promise.all([open.startUp(), guarded.startUp()]);
});

afterAll(async () => void (await Promise.all([open, guarded].map((daemon) => daemon.dispose()))));

interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** Sends a request with path and headers unchanged, which `fetch` does not do. */
function ask(daemon: Daemon, path: string, { method = 'GET', headers = {}, body }: Asked = {}) {
  const [host, port] = readAddress(daemon.home).split(':');
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const sent = request({ host, port, path, method, headers, agent: false }, async (answer) =>
      resolve({ status: answer.statusCode ?? 0, body: await text(answer) }),
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('the packed program', () => {
  it('describes its interface', async () => {
    const { status, body } = await ask(open, '/openapi.json');
    expect(status).toBe(200);
    const { paths, servers } = JSON.parse(body);
    expect(Object.keys(paths)).toContain('/v1/sessions/{session}/messages');
    expect(servers).not.toEqual([]);
  });

  it.each(['/v1/sessions/%ff', '/v1/sessions/%', '/v1/sessions/a%c3/messages', '/v1/handovers/%e0%a4'])(
    '[K7] refuses a path that is not percent-encoded UTF-8: %s',
    async (path) => {
      const { status, body } = await ask(open, path);
      expect({ status, code: JSON.parse(body).code }).toEqual({ status: 400, code: 'invalid_request' });
    },
  );

  it.each(OWN_HOSTS)('[K3] serves the host %s', async (host) => {
    expect((await ask(open, '/v1/status', { headers: { host } })).status).toBe(200);
  });

  it.each(FOREIGN_HOSTS)('[K3] refuses the host %s', async (host) => {
    for (const path of ['/v1/status', '/healthz', '/nowhere'])
      expect([400, 403]).toContain((await ask(open, path, { headers: { host } })).status);
  });

  it.each(FOREIGN_ORIGINS)('[K3] refuses pages of "%s"', async (origin) => {
    const { status, body } = await ask(open, '/v1/stop', { method: 'POST', headers: { origin } });
    expect({ status, code: JSON.parse(body).code }).toEqual({ status: 403, code: 'origin_not_allowed' });
  });

  it('[K1] accepts each of its tokens and needs none for probes', async () => {
    for (const token of [FIRST, SECOND]) {
      const headers = { authorization: `Bearer ${token}` };
      expect((await ask(guarded, '/v1/status', { headers })).status).toBe(200);
    }
    expect((await ask(guarded, '/healthz')).status).toBe(200);
    expect((await ask(guarded, '/readyz')).status).toBe(200);
    expect((await ask(guarded, '/openapi.json')).status).toBe(401);
  });

  it.each(wrongTokens(FIRST, SECOND))('[K3] refuses the credential %s', async (authorization) => {
    expect((await ask(guarded, '/v1/status', { headers: { authorization } })).status).toBe(401);
  });

  it('[K7] answers every request with a status below 500', { timeout: 120_000 }, async () => {
    const url = `http://${readAddress(open.home)}`;
    await fuzzRequests(url, 200);
    await fuzzBytes(url, 200);
    expect((await fetch(`${url}/v1/status`)).status).toBe(200);
    expect(open.log.filter(({ msg }) => msg === 'http:failed')).toEqual([]);
  });
});
