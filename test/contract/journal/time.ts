import { expect, it } from 'vitest';
import { SessionNotFoundError } from '../../../src/errors/errors.ts';
import { NotServingError, TooManyRemindersError } from '../../../src/errors/time.ts';
import type { Journal } from '../../../src/journal/journal.ts';
import { MISSED_KEPT, type Reminder, type ScheduleDecision } from '../../../src/journal/time.ts';
import { createBatch, createDelivery, createNote, listWaiting, openTestGeneration } from './given.ts';

/** Returns a decision that fires this slot of the schedule. */
function createFiring(number: number, slot: string, more: Partial<ScheduleDecision> = {}): ScheduleDecision {
  const fire = { at: 5_000, delivery: createDelivery('s', slot, { at: 6_000 }) };
  return { schedule: 'daily', generation: number, at: 6_000, until: 5_000, fire, missed: null, ...more };
}

function createReminder(id: string, more: Partial<Reminder> = {}): Reminder {
  return { id, session: 's', text: `text of ${id}`, due: 9_000, createdAt: 1_000, ...more };
}

const listIds = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

/** The contract of the role TimeStore. */
export function timeContract(journal: () => Journal): void {
  scheduleContract(journal);
  reminderContract(journal);
}

function scheduleContract(journal: () => Journal): void {
  const inputs = async (session = 's') => (await journal().readInbox(session)).map(({ input }) => input.id);

  it('[H2] a slot and its input are stored together, once, and always return the same receipt', async () => {
    const one = await openTestGeneration(journal());
    await journal().savePlans(one, [{ schedule: 'daily', plan: 'p', decided: 1_000 }]);
    const receipt = { session: 's', input: 'daily@1', seq: 0, duplicate: false };
    expect(await journal().decideSlots(createFiring(one, 'daily@1'))).toEqual(receipt);
    expect(await inputs()).toEqual(['daily@1']);
    expect(await journal().decideSlots(createFiring(one, 'daily@1'))).toEqual({
      ...receipt,
      duplicate: true,
    });
    expect(await inputs()).toEqual(['daily@1']);
    expect(await journal().listSchedules()).toEqual([
      {
        schedule: 'daily',
        plan: 'p',
        paused: false,
        decided: 5_000,
        last: { slot: 'daily@1', at: 5_000, firedAt: 6_000 },
      },
    ]);
  });

  it('[H2] a slot that fired into one session does not fire into another', async () => {
    const one = await openTestGeneration(journal());
    await journal().decideSlots(createFiring(one, 'daily@1'));
    const fire = { at: 5_000, delivery: createDelivery('other', 'daily@1') };
    expect(await journal().decideSlots(createFiring(one, 'daily@1', { fire }))).toMatchObject({
      duplicate: true,
    });
    expect(await inputs('other')).toEqual([]);
  });

  it('[H2] two decisions on the same slot at the same time fire it once', async () => {
    const [one, two] = [await openTestGeneration(journal()), await openTestGeneration(journal())];
    const both = await Promise.all([
      journal().decideSlots(createFiring(one, 'daily@1')),
      journal().decideSlots(createFiring(two, 'daily@1')),
    ]);
    expect(both.map((receipt) => receipt?.duplicate)).toEqual([false, true]);
    expect(await inputs()).toEqual(['daily@1']);
  });

  it('[C7] a generation that has ended decides nothing', async () => {
    const one = await openTestGeneration(journal());
    await journal().deliver(createDelivery('s', 'first'));
    await journal().addReminder(createReminder('r'), 10);
    await journal().closeGeneration(one);
    const refused = new NotServingError(one);
    await expect(journal().savePlans(one, [])).rejects.toThrow(refused);
    await expect(journal().decideSlots(createFiring(one, 'daily@1'))).rejects.toThrow(refused);
    await expect(journal().fireReminder('r', one, createDelivery('s', 'midturn:reminder:r'))).rejects.toThrow(
      refused,
    );
    expect(await inputs()).toEqual(['first']);
    expect(listIds(await journal().listReminders({ limit: 10 }))).toEqual(['r']);
    await journal().decideSlots({ ...createFiring(one, 'daily@run:a'), generation: null, until: null });
    expect(await inputs()).toEqual(['first', 'daily@run:a']);
  });

  it('[C7] a draining generation decides nothing, and the next one fires its remaining slots', async () => {
    const [one, two] = [await openTestGeneration(journal()), await openTestGeneration(journal())];
    await journal().savePlans(one, [{ schedule: 'daily', plan: 'p', decided: 1_000 }]);
    await journal().startLeaving(one, []);
    await expect(journal().decideSlots(createFiring(one, 'daily@1'))).rejects.toThrow(
      new NotServingError(one),
    );
    expect(await journal().decideSlots(createFiring(two, 'daily@1'))).toMatchObject({
      duplicate: false,
    });
    expect(await inputs()).toEqual(['daily@1']);
  });

  it('[H2] a paused schedule fires only on request, and continues with the slots after the pause', async () => {
    const one = await openTestGeneration(journal());
    await journal().setPaused('daily', true, 4_000);
    await journal().setPaused('daily', true, 4_500);
    expect(await journal().decideSlots(createFiring(one, 'daily@1'))).toMatchObject({ duplicate: true });
    expect(await journal().findSession('s')).toBeUndefined();
    expect(await journal().listSchedules()).toMatchObject([{ paused: true, decided: 4_000, last: null }]);
    const asked = { ...createFiring(one, 'daily@run:a'), generation: null, until: null };
    expect(await journal().decideSlots(asked)).toMatchObject({ duplicate: false });
    await journal().savePlans(one, [{ schedule: 'daily', plan: 'p', decided: 4_000 }]);
    await journal().setPaused('daily', false, 8_000);
    expect(await journal().listSchedules()).toMatchObject([{ paused: false, decided: 8_000, plan: 'p' }]);
  });

  it('[H2] missed slots are kept, the latest first, up to a maximum', async () => {
    const one = await openTestGeneration(journal());
    const miss = (schedule: string, last: number) =>
      journal().decideSlots({
        ...createFiring(one, 'x'),
        schedule,
        fire: null,
        missed: { first: 1, last, count: 3 },
      });
    expect(await miss('other', 7)).toBeNull();
    for (let last = 1; last <= MISSED_KEPT + 5; last += 1) await miss('daily', last);
    const missed = await journal().listMissed();
    expect(missed[0]).toEqual({ schedule: 'daily', first: 1, last: MISSED_KEPT + 5, count: 3, at: 6_000 });
    expect(missed.filter(({ schedule }) => schedule === 'daily').map(({ last }) => last)).toEqual(
      Array.from({ length: MISSED_KEPT }, (_, index) => MISSED_KEPT + 5 - index),
    );
    expect(missed.at(-1)).toMatchObject({ schedule: 'other', last: 7 });
  });

  it('watchers are notified of a fired slot and of a reminder, and can read the input at once', async () => {
    const one = await openTestGeneration(journal());
    await journal().deliver(createDelivery('s', 'first'));
    await journal().addReminder(createReminder('r'), 10);
    const heard: string[] = [];
    journal().watch((session) => heard.push(session));
    await journal().decideSlots(createFiring(one, 'daily@1'));
    await journal().decideSlots(createFiring(one, 'daily@1'));
    await journal().fireReminder('r', one, createDelivery('s', 'midturn:reminder:r'));
    expect(heard).toEqual(['s', 's']);
  });
}

function reminderContract(journal: () => Journal): void {
  it('[H2] a reminder is stored once by its id, and the first one is kept', async () => {
    await journal().deliver(createDelivery('s', 'first'));
    expect(await journal().addReminder(createReminder('r'), 1)).toEqual(createReminder('r'));
    expect(await journal().addReminder(createReminder('r', { due: 99_000 }), 1)).toMatchObject({
      due: 9_000,
    });
    expect(await journal().findReminder('r')).toEqual(createReminder('r'));
    expect(await journal().findReminder('other')).toBeUndefined();
  });

  it('a session has a limited number of reminders, and must exist', async () => {
    await journal().deliver(createDelivery('s', 'first'));
    await journal().deliver(createDelivery('other', 'first'));
    await journal().addReminder(createReminder('a'), 1);
    await expect(journal().addReminder(createReminder('b'), 1)).rejects.toThrow(
      new TooManyRemindersError('s'),
    );
    await journal().addReminder(createReminder('b', { session: 'other' }), 1);
    const nobodys = createReminder('c', { session: 'nobody' });
    await expect(journal().addReminder(nobodys, 1)).rejects.toThrow(new SessionNotFoundError('nobody'));
  });

  it('[H2] a reminder that fires becomes an input and is no longer a reminder, also when it is set again', async () => {
    const one = await openTestGeneration(journal());
    await journal().deliver(createDelivery('s', 'first'));
    await journal().addReminder(createReminder('r'), 10);
    const input = createDelivery('s', 'midturn:reminder:r');
    expect(await journal().fireReminder('r', one, input)).toMatchObject({ duplicate: false });
    expect(await journal().fireReminder('r', one, input)).toBeNull();
    const consumed = await listWaiting(journal(), 's');
    await journal().claimSession('s', one);
    await journal().append(createBatch('s', one, { events: [createNote(1)], consumed, status: 'idle' }));
    await journal().addReminder(createReminder('r'), 10);
    expect(await journal().listReminders({ limit: 10 })).toEqual([]);
    expect(await journal().readInbox('s')).toEqual([]);
  });

  it('reminders are listed by due time, by session, up to a given time and in pages', async () => {
    for (const session of ['s', 'other']) await journal().deliver(createDelivery(session, 'first'));
    const due = { c: 3_000, a: 1_000, b2: 2_000, b1: 2_000 };
    for (const [id, at] of Object.entries(due))
      await journal().addReminder(createReminder(id, { due: at }), 10);
    await journal().addReminder(createReminder('x', { session: 'other', due: 1_500 }), 10);
    const listed = async (query: object) => listIds(await journal().listReminders({ limit: 10, ...query }));
    expect(await listed({})).toEqual(['a', 'x', 'b1', 'b2', 'c']);
    expect(await listed({ session: 's' })).toEqual(['a', 'b1', 'b2', 'c']);
    expect(await listed({ until: 2_000, session: 's' })).toEqual(['a', 'b1', 'b2']);
    expect(await listed({ limit: 2 })).toEqual(['a', 'x']);
    expect(await listed({ after: { due: 2_000, id: 'b1' } })).toEqual(['b2', 'c']);
  });

  it('a reminder is cancelled once, and only in its own session when one is named', async () => {
    await journal().deliver(createDelivery('s', 'first'));
    await journal().addReminder(createReminder('r'), 10);
    expect(await journal().removeReminder('r', 'other')).toBe(false);
    expect(await journal().removeReminder('r', 's')).toBe(true);
    expect(await journal().removeReminder('r')).toBe(false);
  });
}
