import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import type { FollowedItem } from '../../src/client/conversation/item.ts';
import { createClient } from '../../src/client/fetch.ts';
import { createNodeClient } from '../../src/client/node.ts';
import { type HttpOptions, type HttpWorld, NoteWriter, startHttp } from '../support/http.ts';

const worlds: HttpWorld[] = [];
const closers: (() => void)[] = [];

async function start(options: HttpOptions = {}): Promise<HttpWorld> {
  const world = await startHttp(options);
  worlds.push(world);
  return world;
}

/** The unix socket of the server with this address. */
function socketOf(url: string): string {
  return worlds.find((world) => world.url === url)?.socketPath ?? '';
}

/** The two ways to a daemon that listens on a port; a client promises the same over both. */
const PORTABLE = [
  ['node:http', createNodeClient],
  ['fetch', createClient],
] as const;

/** A server that answers as it is told. */
async function fakeDaemon(answer?: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer({}, answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

afterEach(async () => {
  for (const close of closers.splice(0)) close();
  for (const world of worlds.splice(0)) await world.close();
});

it('calls over a unix socket need no token', async () => {
  const { url, socketPath } = await start({ config: { tokens: ['t'] } });
  await expect(createNodeClient({ url }).getStatus()).rejects.toMatchObject({ code: 'unauthorized' });
  expect(await createNodeClient({ socketPath }).getStatus()).toMatchObject({ mode: 'normal' });
});

describe.each([
  ...PORTABLE,
  ['a unix socket', ({ url }: { url: string }) => createNodeClient({ socketPath: socketOf(url) })] as const,
])('calls over %s', (_, connect) => {
  it('reach every route', async () => {
    const { url } = await start();
    const client = connect({ url });
    const name = 'slack/D0 ключ';
    expect(await client.sendAndWait(name, { text: 'hi' }, 20)).toMatchObject({
      outcome: 'answered',
      text: 'You said: hi',
    });
    expect(await client.sendMessage(name, { text: 'more', id: 'm2' })).toMatchObject({
      session: name,
      input: 'm2',
    });
    expect(await client.cancelInputs(name)).toMatchObject({ session: name });
    expect((await client.listSessions({ prefix: 'slack/' })).sessions).toHaveLength(1);
    expect(await client.getSession(name)).toMatchObject({ session: name, agent: 'main' });
    expect((await client.readTranscript(name, { limit: 2 })).messages.map(({ text }) => text)).toEqual([
      'hi',
      'You said: hi',
    ]);
    expect((await client.readEvents(name, { after: 1, limit: 1 })).events).toMatchObject([{ seq: 2 }]);
    const exported = (await all(client.exportSession(name))).join('');
    expect(JSON.parse(exported)).toMatchObject({ session: { session: name } });
    expect((await all(client.exportSession(name, true))).join('')).toMatch(/^\{"format":1.*\n/);
    expect(await client.getStatus()).toMatchObject({ mode: 'normal' });
    expect(await client.restart('why not')).toEqual({
      requested: 'restart',
      reason: 'why not',
      handover: '3',
    });
    expect(await client.stop()).toMatchObject({ requested: 'stop' });
    expect(await client.releaseSession(name)).toMatchObject({ session: name });
    expect(await client.sendRequest('GET', '/healthz')).toEqual({ ok: true });
  });
});

describe.each(PORTABLE)('calls over %s', (_, connect) => {
  it('carry the token', async () => {
    const { url } = await start({ config: { tokens: ['t'] } });
    const refused = { code: 'unauthorized', status: 401, exitCode: 1 };
    await expect(connect({ url }).getStatus()).rejects.toMatchObject(refused);
    expect(await connect({ url, token: 't' }).getStatus()).toMatchObject({
      mode: 'normal',
    });
  });

  it('reject with the problem that the daemon names', async () => {
    const { url } = await start();
    const tcp = connect({ url });
    await expect(tcp.getSession('nowhere')).rejects.toMatchObject({
      code: 'session_not_found',
      status: 404,
      message: expect.stringContaining('nowhere'),
    });
    await expect(tcp.sendMessage('a', { text: '' })).rejects.toMatchObject({
      code: 'invalid_request',
      details: { faults: [{ where: 'body', field: 'text' }] },
    });
  });

  it.each([
    [409, 4],
    [503, 75],
    [404, 1],
    [500, 1],
  ])('map status %d to exit code %d', async (status, exitCode) => {
    const problem = { type: 'urn:x', title: 'X', status, code: 'x', detail: 'it did not work' };
    const url = await fakeDaemon(
      (_, response) => void response.writeHead(status).end(JSON.stringify(problem)),
    );
    await expect(connect({ url }).getStatus()).rejects.toMatchObject({
      status,
      exitCode,
      message: 'it did not work',
    });
  });

  it('name what answers in no way of ours', async () => {
    const url = await fakeDaemon((_, response) => void response.writeHead(502).end('<html>bad gateway'));
    await expect(connect({ url }).getStatus()).rejects.toMatchObject({
      code: 'unexpected_answer',
      status: 502,
    });
  });

  it('say that no daemon runs, with exit code 3', async () => {
    const world = await start();
    const gone = { code: 'daemon_not_running', exitCode: 3 };
    const socketPath = join(world.socketPath, '..', 'none.sock');
    await expect(createNodeClient({ socketPath }).getStatus()).rejects.toMatchObject(gone);
    const url = await fakeDaemon();
    for (const close of closers.splice(0)) close();
    await expect(connect({ url }).getStatus()).rejects.toMatchObject(gone);
    const follow = createNodeClient({ socketPath }).followSession('a', 0, new AbortController().signal);
    await expect(all(follow)).rejects.toMatchObject(gone);
  });

  it('[A3] send again with the same id when the connection breaks before the receipt', async () => {
    const ids: unknown[] = [];
    const url = await fakeDaemon(async (request, response) => {
      const body = JSON.parse(await text(request));
      ids.push(body.id);
      if (ids.length < 3) request.socket.destroy();
      else
        response
          .writeHead(202)
          .end(JSON.stringify({ session: 'a', input: body.id, seq: 0, duplicate: true }));
    });
    expect(await connect({ url }).sendMessage('a', { text: 'hi' })).toMatchObject({
      duplicate: true,
    });
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
  });

  it('[A2] [A3] send again with the same id when the disk has refused the message', async () => {
    const ids: unknown[] = [];
    const url = await fakeDaemon(async (request, response) => {
      const { id } = JSON.parse(await text(request));
      ids.push(id);
      const refusal = { type: 'urn:midturn:journal_unavailable', code: 'journal_unavailable' };
      const about = {
        title: 'Journal unavailable',
        status: 503,
        detail: 'fsync failed',
        accepted: 'unknown',
      };
      if (ids.length === 1) response.writeHead(503).end(JSON.stringify({ ...refusal, ...about }));
      else response.writeHead(202).end(JSON.stringify({ session: 'a', input: id, seq: 0, duplicate: true }));
    });
    expect(await connect({ url }).sendMessage('a', { text: 'hi' })).toMatchObject({
      duplicate: true,
    });
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });
});

describe.each(PORTABLE)('following over %s', (_, connect) => {
  const seqOf = (item: FollowedItem) => (item.kind === 'event' ? item.event.seq : undefined);

  it('[I1] goes over a restart of the daemon: each event once and in order', async () => {
    const world = await start();
    const { journal } = world.engine;
    const notes = await NoteWriter.open(journal, 'a');
    await notes.writeNotes(120);
    const port = Number(new URL(world.url).port);
    const seen: (number | undefined)[] = [];
    const stop = new AbortController();
    for await (const item of connect({ url: world.url }).followSession('a', 0, stop.signal)) {
      seen.push(seqOf(item));
      if (seen.length === 120) {
        await world.drain();
        await notes.writeNotes(1);
        worlds.push(await startHttp({ journal, port }));
        await notes.writeNotes(29);
      }
      if (seen.length === 150) stop.abort();
    }
    expect(seen).toEqual(Array.from({ length: 150 }, (_, i) => i + 1));
  });

  it('[I1] brings the events of all sessions over a restart: each once and in order', async () => {
    const world = await start();
    const { journal } = world.engine;
    const notes = [await NoteWriter.open(journal, 'team/a'), await NoteWriter.open(journal, 'b')];
    const port = Number(new URL(world.url).port);
    const write = (count: number) => Promise.all(notes.map((each) => each.writeNotes(count)));
    await write(20);
    const client = connect({ url: world.url });
    const page = await client.readFeed({ limit: 10, prefix: 'team/', types: ['system_note_added'] });
    expect(new Set(page.events.map(({ session }) => session))).toEqual(new Set(['team/a']));
    const seen: number[] = [];
    const stop = new AbortController();
    for await (const item of client.followFeed({ types: ['system_note_added'] }, stop.signal)) {
      seen.push(item.position);
      if (seen.length === 40) {
        await world.drain();
        await write(1);
        worlds.push(await startHttp({ journal, port }));
        await write(4);
      }
      if (seen.length === 50) stop.abort();
    }
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(new Set(seen).size).toBe(50);
  });

  it('[I1] goes over broken connections', async () => {
    const world = await start();
    const tcp = connect({ url: world.url });
    const notes = await NoteWriter.open(world.engine.journal, 'a');
    await notes.writeNotes(300);
    const seen: (number | undefined)[] = [];
    const stop = new AbortController();
    for await (const item of tcp.followSession('a', 0, stop.signal)) {
      seen.push(seqOf(item));
      if (seen.length === 40 || seen.length === 230) world.tcp.closeAllConnections();
      if (seen.length === 260) await notes.writeNotes(5);
      if (seen.length === 305) stop.abort();
    }
    expect(seen).toEqual(Array.from({ length: 305 }, (_, i) => i + 1));
  });

  it('[I1] says where it was, and passes over what comes twice', async () => {
    const asked: unknown[] = [];
    const frame = (seq: number) =>
      `id: s.${seq}\nevent: system_note_added\ndata: {"seq":${seq},"at":1,"type":"system_note_added","text":""}\n\n`;
    const url = await fakeDaemon((request, response) => {
      asked.push([request.url, request.headers['last-event-id']]);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`retry: 1\n\n${frame(asked.length)}${frame(asked.length + 1)}`);
    });
    const seen: (number | undefined)[] = [];
    const stop = new AbortController();
    for await (const item of connect({ url }).followSession('a/b', 0, stop.signal)) {
      seen.push(seqOf(item));
      if (seen.length === 4) stop.abort();
    }
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(asked).toEqual([
      ['/v1/sessions/a%2Fb/events?after=0', undefined],
      ['/v1/sessions/a%2Fb/events?after=2', 's.2'],
      ['/v1/sessions/a%2Fb/events?after=3', 's.3'],
    ]);
  });

  it('brings deltas', async () => {
    const world = await start({
      script: [{ text: 'hello' }, { text: 'one two', delay: 100, tokenDelay: 20 }],
    });
    const tcp = connect({ url: world.url });
    await tcp.sendAndWait('a', { text: 'hi' }, 20);
    const { seq } = await tcp.getSession('a');
    const kinds = new Set<string>();
    const stop = new AbortController();
    const { input } = await tcp.sendMessage('a', { text: 'count' });
    for await (const item of tcp.followSession('a', seq, stop.signal)) {
      kinds.add(item.kind);
      if (item.kind === 'event' && item.event.type === 'turn_finished') {
        expect(item.event.inputs).toEqual([input]);
        stop.abort();
      }
    }
    expect(kinds).toEqual(new Set(['event', 'delta']));
    expect(world.errors).toEqual([]);
  });

  it('[I3] rejects when the position is gone', async () => {
    const world = await start();
    const tcp = connect({ url: world.url });
    await (await NoteWriter.open(world.engine.journal, 'a')).writeNotes(2);
    const signal = new AbortController().signal;
    await expect(all(tcp.followSession('a', 3, signal))).rejects.toMatchObject({
      code: 'position_gone',
      status: 410,
    });
    await expect(all(tcp.followSession('nowhere', 0, signal))).rejects.toMatchObject({ status: 404 });
  });

  it('passes over what this release does not know', async () => {
    const url = await fakeDaemon((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('id: s.1\nevent: moon_landed\ndata: {"seq":1,"at":1,"type":"moon_landed"}\n\n');
    });
    for await (const item of connect({ url }).followSession('a', 0, new AbortController().signal)) {
      expect(item).toEqual({ kind: 'unknown', seq: 1, type: 'moon_landed' });
      break;
    }
  });

  it('lets go of the connection when the reader stops', async () => {
    const world = await start();
    const tcp = connect({ url: world.url });
    await (await NoteWriter.open(world.engine.journal, 'a')).writeNotes(2);
    const closed = new Promise((resolve) =>
      world.tcp.once('connection', (socket) => socket.once('close', resolve)),
    );
    for await (const _ of tcp.followSession('a', 0, new AbortController().signal)) break;
    await closed;
  });
});
