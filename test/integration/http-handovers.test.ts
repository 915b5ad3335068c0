import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfiguredHome } from '../support/configured.ts';
import { HANDOVER } from '../support/control.ts';
import { type HttpWorld, startHttp } from '../support/http.ts';
import { requestJson } from '../support/http-request.ts';

let world: HttpWorld;
let configured: ConfiguredHome;

async function start(ids: readonly number[] = []) {
  configured = new ConfiguredHome('{}');
  const folder = join(configured.home.state, 'handovers');
  mkdirSync(folder, { recursive: true });
  for (const id of ids) keep(`${id}.json`, JSON.stringify({ ...HANDOVER, id: String(id) }));
  world = await startHttp(configured.option);
}

function keep(file: string, content: string): void {
  writeFileSync(join(configured.home.state, 'handovers', file), content);
}

afterEach(() => world.close());

const get = (path: string) => requestJson(`${world.url}${path}`, 'GET');
const ids = (body: { handovers: { id: string }[] }) => body.handovers.map(({ id }) => id);

describe('[C11] reports of handovers', () => {
  it('are listed newest first, page by page', async () => {
    await start([1, 2, 9, 10, 11]);
    const first = await get('/v1/handovers?limit=2');
    expect(ids(first.body)).toEqual(['11', '10']);
    const second = await get(`/v1/handovers?limit=2&after=${first.body.next}`);
    expect(ids(second.body)).toEqual(['9', '2']);
    const last = await get(`/v1/handovers?limit=2&after=${second.body.next}`);
    expect(ids(last.body)).toEqual(['1']);
    expect(last.body).not.toHaveProperty('next');
  });

  it('name every session that was active, and how long it took', async () => {
    await start([7]);
    const { body } = await get('/v1/handovers/7');
    expect(body).toEqual({ ...HANDOVER, id: '7' });
    expect(body.sessions).toMatchObject([
      { session: 'a/1', state: 'moved', holding: ['model call 7'], after: 420 },
      { session: 'a/2', state: 'parked' },
    ]);
  });

  it('are none at first', async () => {
    await start();
    expect((await get('/v1/handovers')).body).toEqual({ handovers: [] });
  });

  it('that cannot be read are passed over', async () => {
    await start([1, 3]);
    keep('2.json', '{"id": "2"');
    keep('4.json', JSON.stringify({ ...HANDOVER, id: '4', phase: 'of a newer release' }));
    keep('5.json.new', '');
    expect(ids((await get('/v1/handovers')).body)).toEqual(['3', '1']);
    expect((await get('/v1/handovers/4')).status).toBe(404);
  });

  it.each(['99', 'x', '..%2F..%2Fjournal', '1e3', '9'.repeat(40)])('%s is not there', async (id) => {
    await start([1]);
    const { status, body } = await get(`/v1/handovers/${id}`);
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'handover_not_found' });
  });
});

describe('a restart', () => {
  it('[C11] names the handover that it leads to', async () => {
    await start();
    const { status, body } = await requestJson(`${world.url}/v1/restart`, 'POST', { reason: 'new key' });
    expect({ status, body }).toEqual({
      status: 202,
      body: { requested: 'restart', reason: 'new key', handover: '1' },
    });
    expect(configured.asked).toEqual(['restart: new key']);
  });

  it('that is not possible is refused with the reason', async () => {
    await start();
    configured.refusal = 'the daemon is stopping';
    const { status, body } = await requestJson(`${world.url}/v1/restart`, 'POST', {});
    expect({ status, code: body.code }).toEqual({ status: 409, code: 'not_possible_now' });
    expect(body.detail).toContain('the daemon is stopping');
  });

  it.each(['/v1/restart', '/v1/stop'])('[K1] needs a token where there are any: %s', async (path) => {
    await start();
    world.config.tokens = ['a-token'];
    expect((await requestJson(world.url + path, 'POST', {})).status).toBe(401);
    expect((await get('/v1/handovers')).status).toBe(401);
    expect(configured.asked).toEqual([]);
    expect(world.infos.filter(({ event }) => event !== 'http:refused')).toEqual([]);
  });
});
