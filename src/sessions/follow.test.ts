import { expect, it } from 'vitest';
import { NoteWriter } from '../../test/support/http.ts';
import { LiveStream } from '../engine/port/live-stream.ts';
import { createMemoryJournal } from '../journal/memory/memory.ts';
import { followSession } from './follow.ts';
import type { Followed } from './sessions.ts';
import { SharedReads } from './shared-reads.ts';

const FOLLOWERS = 900;

async function crowd() {
  const journal = createMemoryJournal();
  const notes = await NoteWriter.open(journal, 's');
  let reads = 0;
  const events = journal.readEvents.bind(journal);
  journal.readEvents = (session, after, limit) => {
    reads += 1;
    return events(session, after, limit);
  };
  const liveStream = new LiveStream();
  const shared = new SharedReads(journal);
  let pages = 0;
  const readPage = shared.readPage.bind(shared);
  shared.readPage = (session, after) => {
    pages += 1;
    return readPage(session, after);
  };
  const ports = { journal, liveStream, reads: shared };
  const leave = new AbortController();
  const followers = Array.from({ length: FOLLOWERS }, () => followSession(ports, 's', 0, leave.signal));
  return { notes, liveStream, followers, leave, countReads: () => reads, countPages: () => pages };
}

it('[I4] 900 followers at one position share one read and one event object', async () => {
  const { notes, followers, leave, countReads } = await crowd();
  await notes.writeNotes(1);
  const first = await Promise.all(followers.map((each) => each.next()));
  expect(distinct(first.map(({ value }) => value))).toBe(1);
  const before = countReads();
  const next = Promise.all(followers.map((each) => each.next()));
  await notes.writeNotes(1);
  expect(distinct((await next).map(({ value }) => value))).toBe(1);
  expect(countReads() - before).toBeLessThanOrEqual(2);
  leave.abort();
});

it('[I4] 900 followers are served a few in each turn of the event loop', async () => {
  const { notes, followers, leave } = await crowd();
  let [served, most, last, over] = [0, 0, 0, false];
  const look = () => {
    most = Math.max(most, served - last);
    last = served;
    if (!over) setImmediate(look);
  };
  setImmediate(look);
  await notes.writeNotes(3);
  await Promise.all(
    followers.map(async (each) => {
      for (let count = 0; count < 3; count += 1) {
        await each.next();
        served += 1;
      }
    }),
  );
  await new Promise(setImmediate);
  over = true;
  leave.abort();
  expect(served).toBe(3 * FOLLOWERS);
  expect(most).toBeLessThanOrEqual(2 * 64);
});

it('[I4] 900 followers are woken a few in each turn of the event loop', async () => {
  const { notes, followers, leave, countPages } = await crowd();
  const next = Promise.all(followers.map((each) => each.next()));
  await idle();
  let [most, last, over] = [0, countPages(), false];
  const look = () => {
    most = Math.max(most, countPages() - last);
    last = countPages();
    if (!over) setImmediate(look);
  };
  setImmediate(look);
  await notes.writeNotes(1);
  await next;
  over = true;
  leave.abort();
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(2 * 64);
});

it('followers at the same offset of a running answer get the same piece', async () => {
  const { notes, liveStream, followers, leave } = await crowd();
  await notes.writeNotes(1);
  await Promise.all(followers.map((each) => each.next()));
  const next = Promise.all(followers.map((each) => each.next()));
  liveStream.startCall('s', 1, 1);
  liveStream.appendPart('s', { kind: 'text', text: 'Hello' }, 1, 1);
  const pieces = (await next).map(({ value }) => value);
  expect(pieces[0]).toEqual({
    kind: 'delta',
    delta: { type: 'delta', kind: 'text', step: 1, attempt: 1, offset: 0, text: 'Hello' },
  });
  expect(distinct(pieces)).toBe(1);
  leave.abort();
});

it('[I2] text that comes together with the end of its call is shown, because its event has not come yet', async () => {
  const { notes, liveStream, followers, leave } = await crowd();
  await notes.writeNotes(1);
  const [follower = expect.fail('no follower')] = followers;
  await follower.next();
  liveStream.startCall('s', 1, 1);
  const next = follower.next();
  liveStream.appendPart('s', { kind: 'text', text: 'the last words' }, 1, 1);
  liveStream.endCall('s', 1, 1);
  expect((await next).value).toMatchObject({ kind: 'delta', delta: { offset: 0, text: 'the last words' } });
  leave.abort();
});

it('[I2] text of a call whose end came as an event is left out', async () => {
  const { notes, liveStream, followers, leave } = await crowd();
  await notes.writeNotes(1);
  const [follower = expect.fail('no follower')] = followers;
  await follower.next();
  liveStream.startCall('s', 1, 1);
  const next = follower.next();
  await notes.append({ type: 'model_call_finished', step: 1, content: [], finish: 'stop' });
  liveStream.appendPart('s', { kind: 'text', text: 'late words' }, 1, 1);
  liveStream.endCall('s', 1, 1);
  expect((await next).value).toMatchObject({ kind: 'event', event: { type: 'model_call_finished' } });
  await notes.writeNotes(1);
  expect((await follower.next()).value).toMatchObject({
    kind: 'event',
    event: { type: 'system_note_added' },
  });
  leave.abort();
});

it('[I2] parts of several kinds come in their order, each with its offset, however slowly they are taken', async () => {
  const { notes, liveStream, followers, leave } = await crowd();
  await notes.writeNotes(1);
  const [follower = expect.fail('no follower')] = followers;
  await follower.next();
  liveStream.startCall('s', 2, 1);
  const next = follower.next();
  const input = { kind: 'tool_input', call: '2.1', tool: 'shell' } as const;
  for (const part of [
    { kind: 'reasoning', text: 'Let me ' } as const,
    { kind: 'reasoning', text: 'look.' } as const,
    { kind: 'text', text: 'One moment.' } as const,
    { ...input, text: '{"com' },
    { kind: 'reasoning', text: ' Twice.' } as const,
    { ...input, text: 'mand"' },
  ]) {
    liveStream.appendPart('s', part, 2, 1);
  }
  const taken = [(await next).value];
  for (let count = 0; count < 4; count += 1) taken.push((await follower.next()).value);
  const deltas = taken.map((each) => (each?.kind === 'delta' ? each.delta : null));
  expect(deltas).toMatchObject([
    { kind: 'reasoning', offset: 0, text: 'Let me look.' },
    { kind: 'text', offset: 0, text: 'One moment.' },
    { kind: 'tool_input', call: '2.1', tool: 'shell', offset: 0, text: '{"com' },
    { kind: 'reasoning', offset: 12, text: ' Twice.' },
    { kind: 'tool_input', call: '2.1', tool: 'shell', offset: 5, text: 'mand"' },
  ]);
  leave.abort();
});

it('[I2] the progress of a running tool call comes as its last report, and not after its end', async () => {
  const { notes, liveStream, followers, leave } = await crowd();
  await notes.writeNotes(1);
  const [follower = expect.fail('no follower')] = followers;
  await follower.next();
  const next = follower.next();
  liveStream.setToolStatus('s', { call: '3.1', attempt: 1, text: '10 %' });
  liveStream.setToolStatus('s', { call: '3.1', attempt: 1, text: '20 %' });
  const delta = { type: 'delta', kind: 'tool_status', step: 3, attempt: 1, call: '3.1', offset: 0 };
  expect((await next).value).toEqual({ kind: 'delta', delta: { ...delta, text: '20 %' } });
  const end = follower.next();
  await notes.append({ type: 'tool_call_finished', call: '3.1', output: { type: 'text', value: 'done' } });
  liveStream.setToolStatus('s', { call: '3.1', attempt: 1, text: 'late' });
  liveStream.endToolStatus('s', '3.1');
  expect((await end).value).toMatchObject({ kind: 'event' });
  await notes.writeNotes(1);
  expect((await follower.next()).value).toMatchObject({ event: { type: 'system_note_added' } });
  leave.abort();
});

function distinct(items: (Followed | undefined)[]): number {
  return new Set(items.map((item) => (item?.kind === 'event' ? item.event : item))).size;
}

/** Resolves when every follower has had its turn and waits: many turns of the event loop later. */
async function idle(): Promise<void> {
  for (let turns = 0; turns < FOLLOWERS; turns += 1) await new Promise(setImmediate);
}
