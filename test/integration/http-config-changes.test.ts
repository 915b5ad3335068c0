import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { ConfiguredHome } from '../support/configured.ts';
import type { HttpWorld } from '../support/http.ts';
import { askingClient, SOURCE, startConfigured } from './http-config-world.ts';

let world: HttpWorld;
let configured: ConfiguredHome;
const { request, etag } = askingClient(() => world);

afterEach(() => world.close());

async function start(source?: string | null) {
  ({ world, configured } = await startConfigured(source));
}

describe('a change', () => {
  it('[E11] by a patch keeps comments, order and references, and says what came of it', async () => {
    await start();
    const { status, body, headers } = await request('PATCH', '', { agents: { main: { model: 'p/other' } } });
    expect(status).toBe(200);
    expect(body).toEqual({
      revision: 2,
      applied: 'live',
      handover: null,
      keys: ['agents.main.model'],
      hash: expect.stringMatching(/^[\da-f]{64}$/),
    });
    expect(configured.text).toBe(SOURCE.replace('"p/m"', '"p/other"'));
    expect(headers.get('etag')).toBe(await etag());
    expect(configured.asked).toEqual(['reload: the configuration was changed']);
    expect(world.infos).toEqual([{ event: 'http:config_written', by: '127.0.0.1', how: 'patched', ...body }]);
  });

  it('[E11] is a merge patch by its media type too', async () => {
    await start();
    const type = { 'content-type': 'application/merge-patch+json' };
    const { status } = await request('PATCH', '', { agents: { night: null } }, type);
    expect(status).toBe(200);
    expect(configured.text).not.toContain('night');
  });

  it('[E11] by a whole source keeps the secrets that are masked in it', async () => {
    await start();
    const { source } = (await request('GET', '')).body;
    const edited = source.replace('// who may come in', '// they').replace('Be brief.', 'Be thorough.');
    const { status, body } = await request('PUT', '', { source: edited });
    expect({ status, keys: body.keys }).toEqual({ status: 200, keys: ['agents.main.instructions'] });
    expect(configured.text).toBe(
      SOURCE.replace('// who may come in', '// they').replace('Be brief.', 'Be thorough.'),
    );
  });

  it('[E11] with a mask where there is no secret is refused', async () => {
    await start();
    const { status, body } = await request('PATCH', '', { agents: { main: { model: '[redacted]' } } });
    expect({ status, code: body.code, paths: body.paths }).toEqual({
      status: 400,
      code: 'config_masked',
      paths: ['agents.main.model'],
    });
    expect(configured.text).toBe(SOURCE);
  });

  it.each(['PUT', 'PATCH'])('[E11] against a stale base is a conflict: %s', async (method) => {
    await start();
    const base = await etag();
    configured.writeSource(SOURCE.replace('Be brief.', 'Be quick.'));
    const change = method === 'PUT' ? { source: '{}' } : { defaultAgent: 'night' };
    const stale = await request(method, '', change, { 'if-match': base });
    expect({ status: stale.status, code: stale.body.code }).toEqual({ status: 412, code: 'config_conflict' });
    expect(configured.text).toContain('Be quick.');
    expect((await request(method, '', change, { 'if-match': await etag() })).status).toBe(200);
    expect((await request(method, '', change, { 'if-match': '*' })).status).toBe(200);
    expect((await request(method, '', change, { 'if-match': 'x' })).status).toBe(400);
  });

  it('[E7] that is not valid is refused with every problem, and leaves the file alone', async () => {
    await start();
    const { status, body } = await request('PATCH', '', { agents: { main: { modle: 'x' } }, listen: 7 });
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'config_invalid' });
    expect(body.problems).toEqual([
      expect.objectContaining({
        path: 'agents.main.modle',
        line: expect.any(Number),
        hint: expect.any(String),
      }),
      expect.objectContaining({ path: 'listen', message: expect.any(String), column: expect.any(Number) }),
    ]);
    const broken = await request('PUT', '', { source: '{' });
    expect(broken.body.problems).toMatchObject([{ line: 1, column: 2 }]);
    expect(configured.text).toBe(SOURCE);
    expect(configured.asked).toEqual([]);
  });

  it('[E12] that means what runs already is none', async () => {
    await start();
    const { body } = await request('PATCH', '', { agents: { main: { model: 'p/m' } } });
    expect(body).toMatchObject({ revision: 1, applied: 'none', handover: null, keys: [] });
    expect(configured.text).toBe(SOURCE);
  });

  it('[C1] names the handover that puts it into force', async () => {
    await start();
    const { body } = await request('PATCH', '', { listen: '127.0.0.1:7000' });
    expect(body).toMatchObject({ applied: 'handover', handover: '7', keys: ['listen'] });
  });

  it('[E9] repairs a broken file', async () => {
    await start();
    configured.writeSource(SOURCE.replace('"main": {', '"main" {'));
    const { source } = (await request('GET', '')).body;
    const mended = await request('PUT', '', { source: source.replace('"main" {', '"main": {') });
    expect(mended.status).toBe(200);
    expect(configured.text).toBe(SOURCE);
  });

  it('creates the file when there is none, and only for something', async () => {
    await start(null);
    expect((await request('PATCH', '', {})).body).toMatchObject({ applied: 'none' });
    expect(existsSync(configured.home.config)).toBe(false);
    await request('PATCH', '', { limits: { turns: 5 } });
    expect(JSON.parse(configured.text)).toEqual({ limits: { turns: 5 } });
  });

  it('that was written and not put into force says so', async () => {
    await start();
    configured.refusal = 'the daemon is stopping';
    const { status, body } = await request('PATCH', '', { limits: { turns: 5 } });
    expect({ status, code: body.code }).toEqual({ status: 503, code: 'config_not_applied' });
    expect(body.detail).toContain('the daemon is stopping');
    expect(configured.text).toContain('"turns": 5');
  });

  it('[K7] that is too large, too deep or no JSON is refused', async () => {
    await start();
    const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    expect((await request('PATCH', '', deep)).status).toBe(400);
    expect((await request('POST', '/plan', `{"patch":${deep}}`)).status).toBe(400);
    expect((await request('PUT', '', { source: 'x'.repeat(3_000_000) })).body).toMatchObject({
      code: 'body_too_large',
      limit: 1024 * 1024,
    });
    expect((await request('PATCH', '', '[]')).status).toBe(400);
    expect((await request('PUT', '', { source: `// ${'x'.repeat(50_000)}\n${SOURCE}` })).status).toBe(200);
  });
});

describe('revisions', () => {
  it('[E14] are listed, shown, compared and gone back to', async () => {
    await start();
    await request('PATCH', '', {
      agents: { main: { model: 'p/other' } },
      auth: { tokens: ['new-literal-token'] },
    });
    const { body } = await request('GET', '/revisions');
    expect(body.current).toBe(2);
    expect(body.revisions).toMatchObject([
      { number: 2, state: 'trial', origin: 'file', keys: expect.arrayContaining(['agents.main.model']) },
      { number: 1, state: 'good', keys: [] },
    ]);
    const first = await request('GET', '/revisions/1');
    expect(first.body).toMatchObject({ number: 1, state: 'good' });
    expect(first.body.source).toBe(
      SOURCE.replace('a-literal-token-123', '[redacted]').replace('sk-literal-key', '[redacted]'),
    );
    const diff = await request('GET', '/diff?from=1&to=2');
    expect(diff.body).toMatchObject({ from: 1, to: 2 });
    expect(diff.body.changes).toContainEqual({
      path: 'agents.main.model',
      apply: 'live',
      kind: 'changed',
      before: 'p/m',
      after: 'p/other',
    });
    expect(diff.body.text).toMatch(/^-.*"p\/m".*\n\+.*"p\/other"/m);
    expect(JSON.stringify(diff.body)).not.toContain('literal');
    expect((await request('GET', '/diff?from=2')).body).toEqual({ from: 2, to: null, changes: [], text: '' });
    const back = await request('POST', '/rollback', { revision: 1 });
    expect(back.body).toMatchObject({ revision: 3, applied: 'live' });
    expect(configured.text).toBe(SOURCE);
    expect(world.infos.at(-1)).toMatchObject({ how: 'rolled back to 1' });
  });

  it.each([
    ['GET', '/revisions/99', undefined],
    ['GET', '/diff?from=99', undefined],
    ['POST', '/rollback', { revision: 99 }],
  ])('[E14] that are not there are answered with 404: %s %s', async (method, path, body) => {
    await start();
    const answer = await request(method, path, body);
    expect({ status: answer.status, code: answer.body.code }).toEqual({
      status: 404,
      code: 'revision_not_found',
    });
  });

  it('[E14] that cannot be used today are not gone back to', async () => {
    await start();
    await request('PATCH', '', { providers: { p: { apiKey: null, baseUrl: 'http://127.0.0.1:1' } } });
    delete configured.env['KEY'];
    const { status, body } = await request('POST', '/rollback', { revision: 1 });
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'config_invalid' });
    expect(body.problems).toMatchObject([{ path: 'providers.p.apiKey' }]);
  });
});
