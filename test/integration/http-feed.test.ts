import { afterEach, expect, it } from 'vitest';
import { feedPage } from '../../src/protocol/events.ts';
import { readFeedPage } from '../../src/sessions/feed.ts';
import { type HttpOptions, type HttpWorld, NoteWriter, startHttp } from '../support/http.ts';
import { openSse, type Sse } from '../support/sse.ts';

let world: HttpWorld;
let a: NoteWriter;
let b: NoteWriter;
const streams: Sse[] = [];

async function start(options: HttpOptions = {}) {
  world = await startHttp(options);
  a = await NoteWriter.open(world.engine.journal, 'team/a');
  b = await NoteWriter.open(world.engine.journal, 'b');
}

afterEach(async () => {
  for (const stream of streams.splice(0)) stream.close();
  await world.close();
});

async function follow(query = '', headers: Record<string, string> = {}): Promise<Sse> {
  const stream = await openSse(`${world.url}/v1/events${query}`, headers);
  streams.push(stream);
  return stream;
}

const fetchFeed = (query = '') => fetch(`${world.url}/v1/events${query}`);
const page = async (query = '') => feedPage.parse(await (await fetchFeed(query)).json());
const positions = (messages: { id?: string | undefined }[]) =>
  messages.map(({ id }) => Number(id?.split('.').at(-1)));

it('[I1] gives the events of all sessions in pages, with session, agent and position', async () => {
  await start();
  await a.writeNotes(2);
  await b.writeNotes(1);
  const first = await page('?limit=2');
  expect(first.events.map(({ position, session }) => `${position} ${session}`)).toEqual([
    '1 team/a',
    '2 team/a',
  ]);
  expect(first).toMatchObject({ next: 2, end: 3 });
  const second = await page(`?after=${first.next}`);
  expect(second.events).toEqual([
    {
      position: 3,
      session: 'b',
      agent: 'main',
      event: { type: 'system_note_added', text: 'note 1', seq: 1, at: 1_001 },
    },
  ]);
  expect(await page('?after=3')).toEqual({ events: [], next: 3, end: 3 });
});

it('[I1] streams events of all sessions, then those to come, and resumes after Last-Event-ID', async () => {
  await start();
  await a.writeNotes(1);
  const stream = await follow();
  const { store } = world.engine.sessions;
  const event = { type: 'system_note_added', text: 'note 1', seq: 1, at: 1_001 };
  const [first] = await stream.take(1);
  expect(first).toMatchObject({ id: `${store}.1`, event: 'system_note_added' });
  expect(JSON.parse(first?.data ?? '')).toEqual({ position: 1, session: 'team/a', agent: 'main', event });
  await b.writeNotes(1);
  await a.writeNotes(250);
  expect(positions(await stream.take(120))).toEqual(Array.from({ length: 120 }, (_, index) => index + 2));
  stream.close();
  const again = await follow('?after=0', { 'last-event-id': `${store}.121` });
  const rest = await again.take(131);
  expect(positions(rest)).toEqual(Array.from({ length: 131 }, (_, index) => index + 122));
  await b.writeNotes(1);
  expect(positions(await again.take(1))).toEqual([253]);
});

it('filters by the start of the session id and by type, in pages and streams', async () => {
  await start();
  await a.append({ type: 'session_created', agent: 'main' });
  await b.append({ type: 'session_created', agent: 'main' });
  await a.writeNotes(1);
  const ids = async (query: string) => (await page(query)).events.map(({ position }) => position);
  expect(await ids('?prefix=team/')).toEqual([1, 3]);
  expect(await ids('?type=session_created')).toEqual([1, 2]);
  expect(await ids('?type=session_created,system_note_added&prefix=b')).toEqual([2]);
  const stream = await follow('?prefix=b&after=0');
  expect(positions(await stream.take(1))).toEqual([2]);
  await a.writeNotes(1);
  await b.writeNotes(1);
  expect(positions(await stream.take(1))).toEqual([5]);
});

it('refuses an unknown type and positions that cannot be followed', async () => {
  await start();
  await a.writeNotes(1);
  expect((await fetchFeed('?type=dreamt')).status).toBe(400);
  const gone = await fetchFeed('?after=2');
  expect(gone.status).toBe(410);
  expect(await gone.json()).toMatchObject({ code: 'position_gone', seq: 1 });
  const headers = { accept: 'text/event-stream' };
  const foreign = await fetch(`${world.url}/v1/events`, { headers: { ...headers, 'last-event-id': 'x.1' } });
  expect(foreign.status).toBe(410);
  const odd = await fetch(`${world.url}/v1/events`, { headers: { ...headers, 'last-event-id': 'x' } });
  expect(odd.status).toBe(400);
});

it('[K6] leaves out the events of sessions that the reader may not see, and stays exact', async () => {
  await start();
  await a.writeNotes(3);
  await b.writeNotes(2);
  await a.writeNotes(1);
  const mayRead = ({ session }: { session: string }) => session === 'b';
  const { journal, sessions } = world.engine;
  const seen = await readFeedPage(journal, { after: 0, limit: 10, mayRead });
  expect(seen.events.map(({ position }) => position)).toEqual([4, 5]);
  expect(seen).toMatchObject({ next: 6, end: 6 });
  expect(await readFeedPage(journal, { after: 0, limit: 1, mayRead })).toMatchObject({
    events: [{ position: 4 }],
    next: 4,
  });
  const leave = new AbortController();
  const found: string[] = [];
  for await (const each of sessions.followFeed({ after: 0, mayRead }, leave.signal)) {
    found.push(each.kind === 'event' ? each.item.session : `${each.position}`);
    if (each.kind === 'position') leave.abort();
  }
  expect(found).toEqual(['b', 'b', '6']);
});

it('[D3] a drain asks followers of the feed to reconnect after the last position', async () => {
  await start();
  await a.writeNotes(1);
  const stream = await follow();
  await stream.take(1);
  void world.drain();
  expect(await stream.next()).toMatchObject({ event: 'reconnect', data: '{"after":1}' });
});

it('900 followers of the feed share one read and one object for each event', async () => {
  await start();
  let reads = 0;
  const { journal, sessions } = world.engine;
  const readFeed = journal.readFeed;
  journal.readFeed = (query) => {
    reads += 1;
    return readFeed(query);
  };
  const leave = new AbortController();
  const followers = Array.from({ length: 900 }, () => sessions.followFeed({ after: 0 }, leave.signal));
  const first = Promise.all(followers.map((each) => each[Symbol.asyncIterator]().next()));
  await a.writeNotes(1);
  const items = (await first).map(({ value }) => (value?.kind === 'event' ? value.item : undefined));
  expect(new Set(items).size).toBe(1);
  expect(reads).toBeLessThanOrEqual(4);
  leave.abort();
});
