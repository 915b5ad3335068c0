import { afterEach, expect, it } from 'vitest';
import { eventPage } from '../../src/protocol/events.ts';
import { type HttpOptions, type HttpWorld, NoteWriter, startHttp } from '../support/http.ts';
import { openSse, type Sse } from '../support/sse.ts';

let world: HttpWorld;
let notes: NoteWriter;
const streams: Sse[] = [];

async function start(options: HttpOptions = {}) {
  world = await startHttp(options);
  notes = await NoteWriter.open(world.engine.journal, 'a');
}

afterEach(async () => {
  for (const stream of streams.splice(0)) stream.close();
  await world.close();
});

async function follow(query = '', headers: Record<string, string> = {}): Promise<Sse> {
  const stream = await openSse(`${world.url}/v1/sessions/a/events${query}`, headers);
  streams.push(stream);
  return stream;
}

const seqs = (messages: { id?: string | undefined }[]) =>
  messages.map(({ id }) => Number(id?.split('.').at(-1)));
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

it('[I1] gives every event with its position, name and data, then those to come', async () => {
  await start();
  await notes.writeNotes(2);
  const stream = await follow();
  expect(stream.response.headers['content-type']).toBe('text/event-stream');
  const { store } = world.engine.sessions;
  expect(await stream.next()).toEqual({
    id: `${store}.1`,
    event: 'system_note_added',
    data: JSON.stringify({ type: 'system_note_added', text: 'note 1', seq: 1, at: 1_001 }),
  });
  await stream.next();
  await notes.writeNotes(1);
  expect(await stream.next()).toMatchObject({ id: `${store}.3` });
  expect(stream.retries).toEqual([1000]);
});

it('[I1] continues after Last-Event-ID across reconnects: each event once and in order', async () => {
  await start();
  await notes.writeNotes(250);
  const seen: number[] = [];
  let last = '';
  for (const count of [7, 100, 93, 1, 49]) {
    const stream = await follow('?after=0', last === '' ? {} : { 'last-event-id': last });
    const messages = await stream.take(count);
    seen.push(...seqs(messages));
    last = messages.at(-1)?.id ?? '';
    stream.close();
  }
  expect(seen).toEqual(upTo(250));
  const stream = await follow('', { 'last-event-id': last });
  await notes.writeNotes(1);
  expect(seqs([await stream.next()])).toEqual([251]);
});

it('[I1] continues after a position in the query', async () => {
  await start();
  await notes.writeNotes(10);
  expect(seqs(await (await follow('?after=7')).take(3))).toEqual([8, 9, 10]);
});

it('[I1] gives pages of JSON to those who want no stream', async () => {
  await start();
  await notes.writeNotes(5);
  const page = async (query: string) =>
    eventPage.parse(await (await fetch(`${world.url}/v1/sessions/a/events${query}`)).json());
  const first = await page('?limit=3');
  expect(first.events.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  const second = await page(`?limit=3&after=${first.next}`);
  expect(second.events.map(({ seq }) => seq)).toEqual([4, 5]);
  expect(second).not.toHaveProperty('next');
  expect(await page('?after=5')).toEqual({ events: [] });
});

it('sends the running answer as deltas without a position', async () => {
  await start({ script: [{ text: 'hello' }, { text: 'one two three', tokenDelay: 20 }] });
  const { engine } = world;
  await engine.ask('b', 'hi');
  const { seq } = await engine.sessions.viewSession('b');
  const stream = await openSse(`${world.url}/v1/sessions/b/events?after=${seq}`);
  streams.push(stream);
  await engine.sessions.sendMessage('b', { text: 'count' });
  let text = '';
  for (;;) {
    const { event, id, data } = await stream.next();
    if (event === 'turn_finished') break;
    if (event !== 'delta') continue;
    expect(id).toBeUndefined();
    const piece = JSON.parse(data);
    expect(piece.offset).toBe(text.length);
    text += piece.text;
  }
  expect('one two three'.startsWith(text.trimEnd())).toBe(true);
  expect(text).not.toBe('');
});

it.each([
  ['another store', 'somewhere-else.3', 410, 'position_gone'],
  ['a place beyond the end', 'own.99', 410, 'position_gone'],
  ['no position', 'three', 400, 'invalid_request'],
])('[I3] says so when Last-Event-ID is %s', async (_, id, status, code) => {
  await start();
  await notes.writeNotes(3);
  const stream = await follow('', { 'last-event-id': id.replace('own', world.engine.sessions.store) });
  expect(stream.response.statusCode).toBe(status);
  await stream.rest();
  const problem = JSON.parse(stream.text());
  expect(problem).toMatchObject({ code, detail: expect.any(String) });
  if (status === 410) expect(problem).toMatchObject({ store: world.engine.sessions.store, seq: 3 });
});

it('[I3] says so when the position in the query is beyond the end, as page and as stream', async () => {
  await start();
  await notes.writeNotes(3);
  const page = await fetch(`${world.url}/v1/sessions/a/events?after=4`);
  expect(page.status).toBe(410);
  expect(await page.text()).toContain('after=3');
  expect((await follow('?after=4')).response.statusCode).toBe(410);
});

it('sends comments while nothing happens', async () => {
  await start({ limits: { heartbeat: 5 } });
  const stream = await follow();
  const rest = stream.next();
  const beats = () =>
    stream
      .text()
      .split('\n')
      .filter((line) => line === ':').length;
  while (beats() < 3) await new Promise((resolve) => stream.response.once('data', resolve));
  await notes.writeNotes(1);
  expect(seqs([await rest])).toEqual([1]);
});

it('[I4] holds a bounded part of a long journal for a reader that takes nothing, and all others continue', async () => {
  await start();
  const large = 'x'.repeat(10_000);
  await notes.writeNotes(3_000, large);
  let read = 0;
  const { journal } = world.engine;
  const events = journal.readEvents.bind(journal);
  journal.readEvents = async (session, after, limit) => {
    const page = await events(session, after, limit);
    read += page.length;
    return page;
  };
  const slow = await follow();
  slow.response.pause();
  slow.response.socket.pause();
  await settled(() => read);
  // Thirty megabytes are there; the socket's buffers take a few, the stream one page.
  expect(read).toBeGreaterThan(0);
  expect(read).toBeLessThan(1_500);
  expect((await world.engine.ask('b', 'are you there?')).outcome).toBe('answered');
  slow.response.socket.resume();
  slow.response.resume();
  expect(seqs(await slow.take(3_000))).toEqual(upTo(3_000));
});

it('[I4] closes a stream whose reader takes nothing for long', async () => {
  await start({ limits: { stalled: 100, heartbeat: 20 } });
  await notes.writeNotes(3_000, 'x'.repeat(10_000));
  const closed = new Promise((resolve) =>
    world.tcp.on('connection', (socket) => socket.on('close', resolve)),
  );
  const slow = await follow();
  slow.response.pause();
  slow.response.socket.pause();
  await closed;
});

it('[I4] keeps a stream whose reader has only nothing to read', async () => {
  await start({ limits: { stalled: 200, heartbeat: 20 } });
  const stream = await follow();
  const next = stream.next();
  for (let beats = 0; beats < 20; beats += 1)
    await new Promise((resolve) => stream.response.once('data', resolve));
  await notes.writeNotes(1);
  expect(seqs([await next])).toEqual([1]);
});

it('[K7] limits the number of streams, and frees the place of a client that leaves', async () => {
  await start({ limits: { streams: 2 } });
  const first = await follow();
  await follow();
  const refused = await follow();
  expect(refused.response.statusCode).toBe(503);
  expect(refused.response.headers['retry-after']).toBe('5');
  for (let i = 0; i < 5; i += 1) {
    const head = await fetch(`${world.url}/v1/sessions/a/events`, {
      method: 'HEAD',
      headers: { accept: 'text/event-stream' },
    });
    expect(head.status).toBe(503);
  }
  const left = new Promise((resolve) =>
    world.tcp.getConnections(() => first.response.socket.once('close', resolve)),
  );
  first.close();
  await left;
  await settledStatus(async () => (await follow()).response.statusCode, 200);
});

it('[K7] opens no stream for HEAD', async () => {
  await start({ limits: { streams: 1 } });
  for (let i = 0; i < 3; i += 1) {
    const head = await fetch(`${world.url}/v1/sessions/a/events`, {
      method: 'HEAD',
      headers: { accept: 'text/event-stream' },
    });
    expect(head.status).toBe(200);
  }
  expect((await follow()).response.statusCode).toBe(200);
});

it('ends a stream that fails with the reason', async () => {
  await start({
    sessions: ({ sessions }) => ({
      ...sessions,
      async *followSession(session, after, signal) {
        for await (const item of sessions.followSession(session, after, signal)) {
          yield item;
          throw new Error('private words');
        }
      },
    }),
  });
  await notes.writeNotes(2);
  const messages = await (await follow()).rest();
  expect(messages.map(({ event }) => event)).toEqual(['system_note_added', 'problem']);
  expect(JSON.parse(messages[1]?.data ?? '')).toMatchObject({
    code: 'internal',
    id: world.errors[0]?.['id'],
  });
  expect(messages[1]?.data).not.toContain('private words');
});

/** Resolves when the value has not changed over many rounds of the event loop. */
async function settled(value: () => number): Promise<void> {
  for (let same = 0, last = -1; same < 200; same = value() === last ? same + 1 : 0, last = value()) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function settledStatus(attempt: () => Promise<number | undefined>, wanted: number): Promise<void> {
  while ((await attempt()) !== wanted) await new Promise((resolve) => setImmediate(resolve));
}
