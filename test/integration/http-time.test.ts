import { expect, it, onTestFinished } from 'vitest';
import { createNodeClient } from '../../src/client/node.ts';
import { reminder, reminderPage, schedule, scheduleList } from '../../src/protocol/time.ts';
import type { ScheduleSpec } from '../../src/schedules/ports.ts';
import { TestClock } from '../support/clock.ts';
import { startHttp } from '../support/http.ts';
import { requestJson } from '../support/http-request.ts';

const NOW = Date.parse('2027-03-01T08:59:30Z');

const morning: ScheduleSpec = {
  name: 'morning',
  when: { cron: '0 9 * * *', timezone: 'UTC' },
  session: 'schedule/morning',
  agent: 'main',
  message: 'Good morning',
  maxLate: 60_000,
  enabled: true,
};
const hourly: ScheduleSpec = { ...morning, name: 'hourly', when: { every: 3_600_000 }, enabled: false };

async function start() {
  const clock = new TestClock('2027-03-01T08:59:30Z');
  const world = await startHttp({ clock, schedules: [morning, hourly] });
  onTestFinished(() => world.close());
  world.time.start();
  await clock.advanceBy(0);
  const request = (method: string, path: string, body?: unknown) =>
    requestJson(`${world.url}/v1${path}`, method, body);
  return { clock, world, request, client: createNodeClient({ url: world.url }) };
}

it('[H2] lists schedules with their next slot, their last one and what they missed', async () => {
  const { clock, request } = await start();
  const before = await request('GET', '/schedules');
  expect(before.body).toEqual({
    schedules: [
      {
        name: 'morning',
        cron: '0 9 * * *',
        timezone: 'UTC',
        session: 'schedule/morning',
        agent: 'main',
        enabled: true,
        paused: false,
        next: Date.parse('2027-03-01T09:00:00Z'),
        last: null,
        missed: [],
      },
      expect.objectContaining({ name: 'hourly', every: 3_600_000, enabled: false, next: null }),
    ],
  });
  await clock.advanceBy(30_000);
  clock.setWallClock('2027-03-03T12:00:00Z');
  await clock.advanceBy(30_000);
  const { body } = await request('GET', '/schedules');
  expect(scheduleList.parse(body)).toEqual(body);
  expect(body.schedules[0]).toMatchObject({
    next: Date.parse('2027-03-04T09:00:00Z'),
    last: {
      slot: 'midturn:morning@2027-03-01T09:00:00.000Z',
      at: Date.parse('2027-03-01T09:00:00Z'),
      firedAt: Date.parse('2027-03-01T09:00:00Z'),
    },
    missed: [
      {
        first: Date.parse('2027-03-02T09:00:00Z'),
        last: Date.parse('2027-03-03T09:00:00Z'),
        count: 2,
        at: Date.parse('2027-03-03T12:00:30Z'),
      },
    ],
  });
});

it('pauses, resumes and runs a schedule', async () => {
  const { request, client, world } = await start();
  const paused = await request('POST', '/schedules/morning/pause');
  expect(paused).toMatchObject({ status: 200, body: { paused: true, next: null } });
  expect(schedule.parse(paused.body)).toEqual(paused.body);
  expect(await client.pauseSchedule('morning', false)).toMatchObject({ paused: false });
  const receipt = { session: 'schedule/morning', input: 'midturn:morning@run:a', seq: 0, duplicate: false };
  expect(await request('POST', '/schedules/morning/run', { id: 'a' })).toMatchObject({
    status: 202,
    body: receipt,
  });
  expect(await client.runSchedule('morning', 'a')).toEqual({ ...receipt, duplicate: true });
  const signal = AbortSignal.timeout(10_000);
  const outcome = await world.engine.sessions.waitForOutcome('schedule/morning', receipt.input, 0, signal);
  expect(outcome).toEqual({ outcome: 'answered', text: 'You said: Good morning' });
  expect((await client.listSchedules()).schedules[0]).toMatchObject({
    last: { slot: 'midturn:morning@run:a', at: null, firedAt: NOW },
  });
  expect(await request('POST', '/schedules/evening/run')).toMatchObject({
    status: 404,
    body: { code: 'schedule_not_found', detail: 'There is no schedule "evening". Known: morning, hourly.' },
  });
});

it('lists reminders page by page and removes them', async () => {
  const { clock, request, client, world } = await start();
  for (const session of ['s', 'other']) await world.engine.ask(session, 'hi');
  for (const [id, session, wait] of [
    ['a', 's', 60_000],
    ['b', 'other', 120_000],
    ['c', 's', 180_000],
  ] as const)
    await world.time.addReminder({ id, session, text: `about ${id}`, due: NOW + wait });
  const first = await request('GET', '/reminders?limit=2');
  expect(reminderPage.parse(first.body)).toEqual(first.body);
  expect(first.body.reminders).toEqual([
    { id: 'a', session: 's', text: 'about a', due: NOW + 60_000, createdAt: NOW },
    expect.objectContaining({ id: 'b' }),
  ]);
  const rest = await client.listReminders({ after: first.body.next });
  expect(rest.reminders.map(({ id }) => id)).toEqual(['c']);
  expect(rest).not.toHaveProperty('next');
  expect((await client.listReminders({ session: 's' })).reminders.map(({ id }) => id)).toEqual(['a', 'c']);
  expect((await request('GET', '/reminders?after=nonsense')).status).toBe(400);
  const removed = await client.removeReminder('a');
  expect(reminder.parse(removed)).toMatchObject({ id: 'a' });
  expect(await request('DELETE', '/reminders/a')).toMatchObject({
    status: 404,
    body: { code: 'reminder_not_found' },
  });
  await clock.advanceBy(180_000);
  expect((await client.listReminders()).reminders).toEqual([]);
});
