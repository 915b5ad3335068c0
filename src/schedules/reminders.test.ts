import { expect, it } from 'vitest';
import { TestClock } from '../../test/support/clock.ts';
import { createTextContent } from '../core/model/message.ts';
import { TooManyRemindersError } from '../errors/time.ts';
import { createMemoryJournal } from '../journal/memory/memory.ts';
import { Timekeeper } from './timekeeper.ts';

const MINUTE = 60_000;

async function start(iso: string, journal = createMemoryJournal(), clock = new TestClock(iso)) {
  clock.setWallClock(iso);
  const generation = await journal.openGeneration({ version: 'test', pid: 1 });
  const poked: string[] = [];
  const poke = (session: string) => poked.push(session);
  const keeper = new Timekeeper({ journal, generation, clock, poke, report() {} }, []);
  keeper.start();
  const input = { kind: 'message', id: 'first', content: createTextContent('hello'), mode: 'steer' } as const;
  await journal.deliver({ session: 's', agent: 'main', input, at: 1 });
  const inbox = async () => (await journal.readInbox('s')).slice(1).map((entry) => entry.input);
  const add = (id: string, wait: number) =>
    keeper.addReminder({ id, session: 's', text: `about ${id}`, due: clock.now() + wait });
  return { clock, journal, keeper, poked, inbox, add };
}

it('[H2] delivers a due reminder once, as a message of its session', async () => {
  const { clock, keeper, poked, inbox, add } = await start('2027-03-01T12:00:00Z');
  await add('late', 10 * MINUTE);
  await add('soon', MINUTE);
  expect(await keeper.listReminders({ limit: 10 })).toMatchObject([{ id: 'soon' }, { id: 'late' }]);
  await clock.advanceBy(MINUTE - 1);
  expect(await inbox()).toEqual([]);
  await clock.advanceBy(1);
  const soon = {
    kind: 'message',
    id: 'midturn:reminder:soon',
    content: createTextContent('[reminder] about soon'),
    mode: 'queue',
    from: 'reminder',
  };
  expect(await inbox()).toEqual([soon]);
  expect(poked).toEqual(['s']);
  await clock.advanceBy(9 * MINUTE);
  expect(await inbox()).toMatchObject([soon, { id: 'midturn:reminder:late' }]);
  expect(await keeper.listReminders({ limit: 10 })).toEqual([]);
});

it('[H2] delivers an overdue reminder after a restart', async () => {
  const before = await start('2027-03-01T12:00:00Z');
  await before.add('r', MINUTE);
  before.keeper.stop();
  const { inbox, clock } = await start('2027-03-02T12:00:00Z', before.journal, before.clock);
  await clock.advanceBy(0);
  expect(await inbox()).toMatchObject([{ id: 'midturn:reminder:r' }]);
});

it('[J10] neither repeats nor loses a reminder when the clock is set', async () => {
  const { clock, inbox, add } = await start('2027-03-01T12:00:00Z');
  await add('a', 5 * MINUTE);
  await add('b', 20 * MINUTE);
  clock.setWallClock('2027-03-01T12:10:00Z');
  await clock.advanceBy(30_000);
  expect(await inbox()).toMatchObject([{ id: 'midturn:reminder:a' }]);
  clock.setWallClock('2027-03-01T12:00:00Z');
  await clock.advanceBy(19 * MINUTE);
  expect(await inbox()).toHaveLength(1);
  await clock.advanceBy(MINUTE);
  expect(await inbox()).toMatchObject([{ id: 'midturn:reminder:a' }, { id: 'midturn:reminder:b' }]);
});

it('finds a reminder that another process has stored within half a minute', async () => {
  const { clock, journal, inbox } = await start('2027-03-01T12:00:00Z');
  await clock.advanceBy(0);
  const now = clock.now();
  await journal.addReminder({ id: 'x', session: 's', text: 't', due: now + 1_000, createdAt: now }, 10);
  await clock.advanceBy(30_000);
  expect(await inbox()).toMatchObject([{ id: 'midturn:reminder:x' }]);
});

it('limits a session to a hundred reminders, of which a cancelled one makes room', async () => {
  const { keeper, add } = await start('2027-03-01T12:00:00Z');
  for (let n = 0; n < 100; n += 1) await add(`r${n}`, MINUTE);
  await expect(add('more', MINUTE)).rejects.toThrow(new TooManyRemindersError('s'));
  expect(await keeper.cancelReminder('r7', 'other')).toBe(false);
  expect(await keeper.cancelReminder('r7', 's')).toBe(true);
  await add('more', MINUTE);
  await expect(keeper.removeReminder('r7')).rejects.toThrow('There is no reminder "r7"');
  expect(await keeper.removeReminder('r8')).toMatchObject({ id: 'r8', text: 'about r8' });
});
