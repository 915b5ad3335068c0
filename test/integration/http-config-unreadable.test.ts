import { rmSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { hashSource } from '../../src/config/check/load.ts';
import type { ConfiguredHome } from '../support/configured.ts';
import type { HttpWorld } from '../support/http.ts';
import { UNREADABLE } from '../support/unreadable.ts';
import { askingClient, SOURCE, startConfigured } from './http-config-world.ts';

let world: HttpWorld;
let configured: ConfiguredHome;
const { request, etag } = askingClient(() => world);

afterEach(() => world.close());

describe.each(UNREADABLE)('a file that cannot be read as text: %s', (_, contentOf) => {
  const content = contentOf(SOURCE);

  async function start() {
    ({ world, configured } = await startConfigured());
    configured.writeSource(content);
  }

  it('[E11] refuses changes of single keys and stays as it is', async () => {
    await start();
    for (const headers of [{}, { 'if-match': await etag() }, { 'if-match': '*' }]) {
      const { status, body } = await request('PATCH', '', { limits: { turns: 9 } }, headers);
      expect({ status, code: body.code }).toEqual({ status: 422, code: 'config_unreadable' });
      expect(body.detail).toMatch(/Nothing was written.*Fix the file, or replace the whole of it/);
    }
    const plan = await request('POST', '/plan', { patch: { limits: { turns: 9 } } });
    expect({ status: plan.status, code: plan.body.code }).toEqual({ status: 422, code: 'config_unreadable' });
    expect(configured.bytes.equals(content)).toBe(true);
    expect(configured.asked).toEqual([]);
  });

  it('[E11] is shown as unreadable, with a version of its own', async () => {
    await start();
    const { body } = await request('GET', '');
    expect(body).toMatchObject({ source: '', origin: 'file', readable: false });
    expect(body.problem.message).toMatch(/is not UTF-8|is larger than 1 MB/);
    const seen = await etag();
    expect(seen).not.toBe(`"${hashSource('')}"`);
    configured.writeSource(Buffer.concat([content, Buffer.from('\n')]));
    expect(await etag()).not.toBe(seen);
    const stale = await request('PUT', '', { source: SOURCE }, { 'if-match': seen });
    expect(stale.status).toBe(412);
    rmSync(configured.home.config);
    expect(await etag()).toBe(`"${hashSource('')}"`);
  });

  it('[E9] can be replaced as a whole, also by an earlier revision', async () => {
    await start();
    const replaced = await request('PUT', '', { source: SOURCE }, { 'if-match': await etag() });
    expect(replaced.status).toBe(200);
    expect(configured.text).toBe(SOURCE);
    configured.writeSource(content);
    expect((await request('POST', '/rollback', { revision: 1 })).status).toBe(200);
    expect(configured.text).toBe(SOURCE);
  });

  it('[E11] keeps no secret for a mask in the replacement', async () => {
    await start();
    const masked = await request('PUT', '', { source: '{"auth":{"tokens":["[redacted]"]}}' });
    expect({ status: masked.status, code: masked.body.code }).toEqual({ status: 400, code: 'config_masked' });
    expect(configured.bytes.equals(content)).toBe(true);
  });
});
