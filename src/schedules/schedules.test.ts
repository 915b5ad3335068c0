import { describe, expect, it } from 'vitest';
import {
  EVERY_MINUTE,
  firedSlots,
  HOUR,
  MINUTE,
  missedSlots,
  NINE,
  restartTimekeeper,
  scheduleSpec,
  startTimekeeper,
} from '../../test/support/timekeeping.ts';
import { JournalUnavailableError } from '../errors/errors.ts';

describe('a schedule', () => {
  it('[H2] delivers its message at each slot, once', async () => {
    const world = await startTimekeeper('2027-03-01T08:59:30Z', [scheduleSpec(NINE)]);
    expect(await firedSlots(world)).toEqual([]);
    await world.clock.advanceBy(30_000);
    expect(await world.journal.readInbox('schedule/daily')).toMatchObject([
      {
        at: Date.parse('2027-03-01T09:00:00Z'),
        agent: 'main',
        input: {
          kind: 'message',
          id: 'midturn:daily@2027-03-01T09:00:00.000Z',
          content: [{ type: 'text', text: 'Do it.' }],
          mode: 'queue',
          from: 'schedule:daily',
        },
      },
    ]);
    expect(world.poked).toEqual(['schedule/daily']);
    await world.clock.advanceBy(24 * HOUR);
    expect(await firedSlots(world)).toEqual(['2027-03-01T09:00', '2027-03-02T09:00']);
    expect(await missedSlots(world)).toEqual([]);
  });

  it('[H2] that is new has missed nothing, whatever it says about missed slots', async () => {
    const world = await startTimekeeper('2027-03-01T12:00:00Z', [scheduleSpec({ ...NINE, maxLate: null })]);
    await world.clock.advanceBy(HOUR);
    expect(await firedSlots(world)).toEqual([]);
    world.keeper.applySchedules([
      scheduleSpec({ when: { cron: '30 12 * * *', timezone: 'UTC' }, maxLate: null }),
    ]);
    await world.clock.advanceBy(HOUR);
    expect(await firedSlots(world)).toEqual([]);
    expect(await missedSlots(world)).toEqual([]);
  });

  it('that changes, goes or is switched off while the daemon runs does so at once', async () => {
    const world = await startTimekeeper('2027-03-01T12:00:30Z', [scheduleSpec(EVERY_MINUTE)]);
    world.keeper.applySchedules([scheduleSpec({ ...EVERY_MINUTE, message: 'Do more.' })]);
    await world.clock.advanceBy(MINUTE);
    expect(await world.journal.readInbox('schedule/daily')).toMatchObject([
      { input: { content: [{ text: 'Do more.' }] } },
    ]);
    world.keeper.applySchedules([scheduleSpec({ ...EVERY_MINUTE, enabled: false })]);
    await world.clock.advanceBy(HOUR);
    world.keeper.applySchedules([]);
    await world.clock.advanceBy(HOUR);
    expect(await firedSlots(world)).toEqual(['2027-03-01T12:01']);
    world.keeper.applySchedules([scheduleSpec({ ...EVERY_MINUTE, maxLate: null })]);
    await world.clock.advanceBy(MINUTE);
    expect(await firedSlots(world)).toEqual(['2027-03-01T12:01', '2027-03-01T14:02']);
    expect(await missedSlots(world)).toEqual([]);
  });
});

describe('[H2] slots that passed while the daemon was down', () => {
  const away = async (maxLate: number | null) => {
    const specs = [scheduleSpec({ ...NINE, maxLate })];
    const world = await startTimekeeper('2027-03-01T08:00:00Z', specs);
    await world.clock.advanceBy(2 * HOUR);
    return restartTimekeeper(world, '2027-03-04T09:20:00Z', specs);
  };

  it('run: the latest runs late, once, and the earlier ones are recorded', async () => {
    const world = await away(null);
    expect(await firedSlots(world)).toEqual(['2027-03-01T09:00', '2027-03-04T09:00']);
    expect(await missedSlots(world)).toEqual([['2027-03-02T09:00', '2027-03-03T09:00', 2]]);
    const again = await restartTimekeeper(world, '2027-03-04T09:30:00Z', [
      scheduleSpec({ ...NINE, maxLate: null }),
    ]);
    expect(await firedSlots(again)).toEqual(['2027-03-01T09:00', '2027-03-04T09:00']);
    expect(await missedSlots(again)).toHaveLength(1);
  });

  it('skip: none runs, all are recorded, and the next one comes as planned', async () => {
    const world = await away(MINUTE);
    expect(await firedSlots(world)).toEqual(['2027-03-01T09:00']);
    expect(await missedSlots(world)).toEqual([['2027-03-02T09:00', '2027-03-04T09:00', 3]]);
    expect(world.reports).toEqual(['schedule:missed']);
    await world.clock.advanceBy(24 * HOUR);
    expect((await firedSlots(world)).at(-1)).toBe('2027-03-05T09:00');
  });

  it('maxLate: the latest runs unless it is later than that', async () => {
    expect(await firedSlots(await away(20 * MINUTE))).toEqual(['2027-03-01T09:00', '2027-03-04T09:00']);
    expect(await firedSlots(await away(19 * MINUTE))).toEqual(['2027-03-01T09:00']);
  });

  it('a slot that falls into a restart runs, even where missed ones are skipped', async () => {
    const specs = [scheduleSpec(NINE)];
    const world = await startTimekeeper('2027-03-01T08:59:59Z', specs);
    expect(await firedSlots(await restartTimekeeper(world, '2027-03-01T09:00:02Z', specs))).toEqual([
      '2027-03-01T09:00',
    ]);
  });
});

describe('a paused schedule', () => {
  it('[H2] fires nothing, across restarts, and continues without catching up', async () => {
    const specs = [scheduleSpec({ ...EVERY_MINUTE, maxLate: null })];
    const world = await startTimekeeper('2027-03-01T12:00:30Z', specs);
    expect(await world.keeper.pauseSchedule('daily', true)).toMatchObject({ paused: true, next: null });
    await world.clock.advanceBy(10 * MINUTE);
    const later = await restartTimekeeper(world, '2027-03-01T13:00:30Z', specs);
    await later.clock.advanceBy(10 * MINUTE);
    expect(await firedSlots(later)).toEqual([]);
    const view = await later.keeper.pauseSchedule('daily', false);
    expect(view).toMatchObject({ paused: false, next: Date.parse('2027-03-01T13:11:00Z'), missed: [] });
    await later.clock.advanceBy(MINUTE);
    expect(await firedSlots(later)).toEqual(['2027-03-01T13:11']);
    expect(await missedSlots(later)).toEqual([]);
  });

  it('[H2] runs on request, once for each request id', async () => {
    const world = await startTimekeeper('2027-03-01T12:00:30Z', [scheduleSpec(NINE)]);
    await world.keeper.pauseSchedule('daily', true);
    const first = await world.keeper.runSchedule('daily', 'a');
    expect(first).toEqual({
      session: 'schedule/daily',
      input: 'midturn:daily@run:a',
      seq: 0,
      duplicate: false,
    });
    expect(await world.keeper.runSchedule('daily', 'a')).toEqual({ ...first, duplicate: true });
    expect((await world.keeper.runSchedule('daily')).duplicate).toBe(false);
    expect(await firedSlots(world)).toHaveLength(2);
  });

  it('that does not exist is an error that names the existing ones', async () => {
    const world = await startTimekeeper('2027-03-01T12:00:30Z', [scheduleSpec()]);
    await expect(world.keeper.pauseSchedule('dayly', true)).rejects.toThrow(
      'There is no schedule "dayly". Known: daily.',
    );
  });
});

it('[H2] a slot that cannot be written is tried again until it can', async () => {
  const world = await startTimekeeper('2027-03-01T12:00:30Z', [scheduleSpec(EVERY_MINUTE)]);
  const decide = world.journal.decideSlots.bind(world.journal);
  world.journal.decideSlots = () => Promise.reject(new JournalUnavailableError('disk full'));
  await world.clock.advanceBy(45_000);
  expect(world.reports).toContain('time:failed');
  world.journal.decideSlots = decide;
  await world.clock.advanceBy(MINUTE);
  expect(await firedSlots(world)).toEqual(['2027-03-01T12:01', '2027-03-01T12:02']);
});

it('[C7] a fenced generation fires nothing and stops', async () => {
  const world = await startTimekeeper('2027-03-01T12:00:30Z', [scheduleSpec(EVERY_MINUTE)]);
  const other = await startTimekeeper('2027-03-01T12:00:30Z', [scheduleSpec(EVERY_MINUTE)], {
    journal: world.journal,
    clock: world.clock,
  });
  await world.clock.advanceBy(MINUTE);
  expect(await firedSlots(world)).toEqual(['2027-03-01T12:01']);
  await world.journal.closeGeneration(1);
  await world.clock.advanceBy(MINUTE);
  expect(await firedSlots(world)).toEqual(['2027-03-01T12:01', '2027-03-01T12:02']);
  expect(world.reports).toContain('time:fenced');
  expect(world.clock.timers).toBe(1);
  other.keeper.stop();
  expect(world.clock.timers).toBe(0);
});
