import { expect, it } from 'vitest';
import { NoteWriter } from '../../test/support/http.ts';
import { LiveText } from '../engine/port/live-text.ts';
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
  const liveText = new LiveText();
  const ports = { journal, liveText, reads: new SharedReads(journal) };
  const leave = new AbortController();
  const followers = Array.from({ length: FOLLOWERS }, () => followSession(ports, 's', 0, leave.signal));
  return { notes, liveText, followers, leave, countReads: () => reads };
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

it('followers at the same offset of a running answer get the same piece', async () => {
  const { notes, liveText, followers, leave } = await crowd();
  await notes.writeNotes(1);
  await Promise.all(followers.map((each) => each.next()));
  const next = Promise.all(followers.map((each) => each.next()));
  liveText.startCall('s', 1, 1);
  liveText.appendText('s', 'Hello', 1, 1);
  const pieces = (await next).map(({ value }) => value);
  expect(pieces[0]).toEqual({
    kind: 'delta',
    delta: { type: 'delta', step: 1, attempt: 1, offset: 0, text: 'Hello' },
  });
  expect(distinct(pieces)).toBe(1);
  leave.abort();
});

it('[I2] text that comes together with the end of its call is shown, because its event has not come yet', async () => {
  const { notes, liveText, followers, leave } = await crowd();
  await notes.writeNotes(1);
  const [follower = expect.fail('no follower')] = followers;
  await follower.next();
  liveText.startCall('s', 1, 1);
  const next = follower.next();
  liveText.appendText('s', 'the last words', 1, 1);
  liveText.endCall('s', 1, 1);
  expect((await next).value).toMatchObject({ kind: 'delta', delta: { offset: 0, text: 'the last words' } });
  leave.abort();
});

it('[I2] text of a call whose end came as an event is left out', async () => {
  const { notes, liveText, followers, leave } = await crowd();
  await notes.writeNotes(1);
  const [follower = expect.fail('no follower')] = followers;
  await follower.next();
  liveText.startCall('s', 1, 1);
  const next = follower.next();
  await notes.append({ type: 'model_call_finished', step: 1, content: [], finish: 'stop' });
  liveText.appendText('s', 'late words', 1, 1);
  liveText.endCall('s', 1, 1);
  expect((await next).value).toMatchObject({ kind: 'event', event: { type: 'model_call_finished' } });
  await notes.writeNotes(1);
  expect((await follower.next()).value).toMatchObject({
    kind: 'event',
    event: { type: 'system_note_added' },
  });
  leave.abort();
});

function distinct(items: (Followed | undefined)[]): number {
  return new Set(items.map((item) => (item?.kind === 'event' ? item.event : item))).size;
}
