import { expect, it } from 'vitest';
import type { Json } from '../../core/model/message.ts';
import type { ReminderPort } from './book.ts';
import { createReminderTools } from './reminders.ts';

const NOW = Date.parse('2027-03-01T12:00:00Z');

function world(now = NOW) {
  const kept = new Map<string, { id: string; session: string; text: string; due: number }>();
  const book: ReminderPort = {
    now: () => now,
    async add(reminder) {
      const known = kept.get(reminder.id) ?? reminder;
      kept.set(reminder.id, known);
      return known;
    },
    list: async (session) => [...kept.values()].filter((one) => one.session === session),
    cancel: async (id, session) => kept.get(id)?.session === session && kept.delete(id),
  };
  const tools = new Map(createReminderTools(book).map((tool) => [tool.name, tool]));
  const call = async (name: string, input: Json, more: object = {}): Promise<unknown> =>
    tools.get(name)?.run(input, {
      session: 's',
      call: '1.1',
      key: 'k',
      attempt: 1,
      signal: new AbortController().signal,
      ...more,
    });
  return { kept, call, effect: (name: string) => tools.get(name)?.effect({}) };
}

it.each<[object, string]>([
  [{ in: '90s' }, '2027-03-01T12:01:30.000Z'],
  [{ in: '2d' }, '2027-03-03T12:00:00.000Z'],
  [{ at: '2027-03-02T09:00:00+01:00' }, '2027-03-02T08:00:00.000Z'],
  [{ at: '2027-03-02 09:00Z' }, '2027-03-02T09:00:00.000Z'],
])('%j sets a reminder', async (when, due) => {
  const { kept, call } = world();
  expect(await call('remind', { text: 'look again', ...when })).toMatchObject({ type: 'text' });
  expect(kept.get('k')).toEqual({ id: 'k', session: 's', text: 'look again', due: Date.parse(due) });
});

it.each<[object, string]>([
  [{}, 'give either "in" or "at"'],
  [{ in: '1h', at: '2027-03-02T09:00:00Z' }, 'give either "in" or "at"'],
  [{ in: 'soon' }, 'must be a duration such as "90s"'],
  [{ in: '367d' }, 'at most 366d'],
  [{ at: '2027-03-02T09:00:00' }, 'must be a time with its offset'],
  [{ at: '2027-13-02T09:00:00Z' }, 'must be a time with its offset'],
  [{ at: '2027-03-01T11:59:00Z' }, '2027-03-01T11:59:00Z is in the past: it is 2027-03-01T12:00:00Z now'],
  [{ at: '2029-03-01T11:59:00Z' }, 'too far ahead; the maximum is 366 days'],
  [{ in: '1h', text: 'x'.repeat(4_001) }, '"text": '],
])('%j is refused with a reason for the model', async (when, why) => {
  const { kept, call } = world();
  const output = await call('remind', { text: 'look again', ...when });
  expect(output).toMatchObject({ type: 'error-text', value: expect.stringContaining(why) });
  expect(kept.size).toBe(0);
});

it('[F1] sets the same reminder when a call runs again, however late', async () => {
  const { kept, call, effect } = world();
  expect(effect('remind')).toBe('idempotent');
  await call('remind', { text: 'look', at: '2027-03-01T13:00:00Z' });
  const later = world(NOW + 7_200_000);
  const again = await later.call('remind', { text: 'look', at: '2027-03-01T13:00:00Z' }, { attempt: 2 });
  expect(again).toMatchObject({ type: 'text' });
  expect([...later.kept.keys()]).toEqual([...kept.keys()]);
});

it('lists and cancels only the reminders of the session', async () => {
  const { call, effect } = world();
  expect([effect('list_reminders'), effect('cancel_reminder')]).toEqual(['read', 'idempotent']);
  await call('remind', { text: 'mine', in: '1h' }, { key: 'a' });
  await call('remind', { text: 'not mine', in: '1h' }, { key: 'b', session: 'other' });
  expect(await call('list_reminders', {})).toEqual({
    type: 'text',
    value: 'It is 2027-03-01T12:00:00Z now.\na at 2027-03-01T13:00:00Z: mine',
  });
  expect(await call('cancel_reminder', { id: 'b' })).toMatchObject({ type: 'error-text' });
  expect(await call('cancel_reminder', { id: 'a' })).toMatchObject({ type: 'text' });
  expect(await call('list_reminders', {})).toMatchObject({ value: expect.stringContaining('No reminders.') });
});

it.each([' ', '\u200b'])('refuses a reminder with the blank text %j', async (text) => {
  const { call } = world();
  expect(await call('remind', { text, in: '20m' })).toMatchObject({
    type: 'error-text',
    value: expect.stringContaining('must contain visible text'),
  });
});
