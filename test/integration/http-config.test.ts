import { chmodSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createTextContent } from '../../src/core/model/message.ts';
import type { ConfiguredHome } from '../support/configured.ts';
import type { HttpOptions, HttpWorld } from '../support/http.ts';
import { askingClient, SOURCE, startConfigured } from './http-config-world.ts';

let world: HttpWorld;
let configured: ConfiguredHome;
const { request } = askingClient(() => world);

afterEach(() => world.close());

async function start(source?: string | null, options?: HttpOptions) {
  ({ world, configured } = await startConfigured(source, options));
}

describe('the configuration as it is shown', () => {
  it('[K4] has its comments and references, and secrets masked', async () => {
    await start();
    const { body, headers } = await request('GET', '');
    expect(body).toEqual({
      source: SOURCE.replace('a-literal-token-123', '[redacted]').replace('sk-literal-key', '[redacted]'),
      hash: expect.stringMatching(/^[\da-f]{64}$/),
      origin: 'file',
      revision: { number: 1, state: 'good' },
      problem: null,
      writable: true,
    });
    expect(headers.get('etag')).toBe(`"${body.hash}"`);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('tells that there is no file', async () => {
    await start(null);
    expect((await request('GET', '')).body).toMatchObject({ source: '', origin: 'default', writable: true });
  });

  it('[E9] shows a broken file too, what is wrong with it, and no secret of it', async () => {
    await start();
    configured.writeSource(SOURCE.replace('"type": "anthropic", "apiKey"', '"type": "anthropic" "apiKey"'));
    const { body } = await request('GET', '');
    expect(body.source).toContain('// who may come in');
    expect(body.source).not.toContain('literal');
    expect(body.problem).toMatchObject({
      problems: [{ path: '', line: 6, column: 32, message: 'expected "," before this' }],
      since: expect.any(Number),
    });
  });

  it('[E7] passes on why the content does not run, as the supervisor sees it', async () => {
    await start();
    configured.problem = { message: 'the generation crashed', problems: [], since: 5 };
    expect((await request('GET', '')).body.problem).toEqual(configured.problem);
  });
});

describe('a plan', () => {
  it('[E6] names keys, their classes, the sessions that are affected and how long it may take', async () => {
    await start();
    for (const [session, agent] of [
      ['a', 'main'],
      ['b', 'night'],
      ['c', 'night'],
    ] as const) {
      const input = { kind: 'message', id: 'm', content: createTextContent('x'), mode: 'steer' } as const;
      await world.engine.journal.deliver({ session, agent, input, at: 1 });
    }
    const live = await request('POST', '/plan', { patch: { agents: { night: { model: 'p/other' } } } });
    expect(live.body).toEqual({
      apply: 'live',
      changes: [
        { path: 'agents.night.model', apply: 'live', kind: 'changed', before: 'q/m', after: 'p/other' },
      ],
      affected: { running: 0, waiting: 0, queued: 2, agents: { night: 2 } },
      estimate: { most: 0, words: expect.stringMatching(/next step/) },
    });
    const everybody = await request('POST', '/plan', { patch: { limits: { turns: 5 } } });
    expect(everybody.body.affected).toMatchObject({ queued: 3, agents: { main: 1, night: 2 } });
    const handover = await request('POST', '/plan', {
      source: (await request('GET', '')).body.source.replace('{', '{ "listen": "127.0.0.1:7000",'),
    });
    expect(handover.body).toMatchObject({
      apply: 'handover',
      changes: [
        {
          path: 'listen',
          apply: 'handover',
          kind: 'changed',
          before: '127.0.0.1:7717',
          after: '127.0.0.1:7000',
        },
      ],
      affected: { queued: 3, agents: { main: 1, night: 2 } },
      estimate: { most: expect.any(Number), words: expect.stringMatching(/nothing is refused/) },
    });
    expect(configured.text).toBe(SOURCE);
    expect(configured.asked).toEqual([]);
  });

  it('[K4] never shows a secret', async () => {
    await start();
    const { body } = await request('POST', '/plan', {
      patch: { auth: { tokens: ['another-literal-token'] }, providers: { q: { apiKey: 'sk-other-key' } } },
    });
    expect(body.changes.map(({ path }: { path: string }) => path).join()).toMatch(
      /tokens.*providers.q.apiKey/,
    );
    expect(JSON.stringify(body)).not.toMatch(/literal|sk-other/);
  });

  it.each([
    [{}, 400],
    [{ source: '{}', patch: {} }, 400],
    [{ source: 7 }, 400],
    [{ patch: [] }, 400],
  ])('of %j is refused', async (body, status) => {
    await start();
    expect((await request('POST', '/plan', body)).status).toBe(status);
  });
});

describe('who may', () => {
  it.each([
    ['GET', ''],
    ['POST', '/plan'],
    ['PUT', ''],
    ['PATCH', ''],
    ['GET', '/revisions'],
    ['GET', '/revisions/1'],
    ['GET', '/diff?from=1'],
    ['POST', '/rollback'],
  ])('[K1] needs a token where there are any: %s /v1/config%s', async (method, path) => {
    await start(SOURCE, { config: { tokens: ['first-token', 'second-token'] } });
    const body = method === 'GET' ? undefined : {};
    const { status } = await request(method, path, body);
    expect(status).toBe(401);
    const allowed = await request(method, path, body, { authorization: 'Bearer second-token' });
    expect(allowed.status).not.toBe(401);
  });

  it('is written down with the change', async () => {
    await start(SOURCE, { config: { tokens: ['first-token', 'second-token'] } });
    const authorization = 'Bearer second-token';
    await request('PATCH', '', { limits: { turns: 5 } }, { authorization });
    expect(world.infos).toMatchObject([
      { by: '127.0.0.1 with token 2 of auth.tokens', keys: ['limits.turns'] },
    ]);
    expect(JSON.stringify(world.infos)).not.toContain('second-token');
  });
});

describe('the file', () => {
  it.skipIf(process.getuid?.() === 0)('is not writable in a folder that is not', async () => {
    await start();
    chmodSync(configured.home.root, 0o500);
    expect((await request('GET', '')).body.writable).toBe(false);
    chmodSync(configured.home.root, 0o700);
  });

  it('stays a link when it is one', async () => {
    await start(null);
    const elsewhere = join(configured.home.root, 'elsewhere');
    mkdirSync(elsewhere);
    const target = join(elsewhere, 'real.jsonc');
    writeFileSync(target, '{}');
    symlinkSync(target, configured.home.config);
    await request('PATCH', '', { limits: { turns: 5 } });
    expect((await request('GET', '')).body.writable).toBe(true);
    expect(readFileSync(target, 'utf8')).toContain('"turns": 5');
    expect(lstatSync(configured.home.config).isSymbolicLink()).toBe(true);
  });
});
