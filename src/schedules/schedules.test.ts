import { describe, expect, it } from 'vitest';
import {
  EVERY_MINUTE,
  fired,
  HOUR,
  MINUTE,
  missed,
  NINE,
  restart,
  spec,
  start,
} from '../../test/support/timekeeping.ts';
import { JournalUnavailableError } from '../errors/errors.ts';

describe('a schedule', () => {
  it('[H2] delivers its message at each slot, once', async () => {
    const world = await start('2027-03-01T08:59:30Z', [spec(NINE)]);
    expect(await fired(world)).toEqual([]);
    await world.clock.pass(30_000);
    expect(await world.journal.inbox('schedule/daily')).toMatchObject([
      {
        at: Date.parse('2027-03-01T09:00:00Z'),
        agent: 'main',
        input: {
          kind: 'message',
          id: 'midturn:daily@2027-03-01T09:00:00.000Z',
          text: 'Do it.',
          mode: 'queue',
          from: 'schedule:daily',
        },
      },
    ]);
    expect(world.poked).toEqual(['schedule/daily']);
    await world.clock.pass(24 * HOUR);
    expect(await fired(world)).toEqual(['2027-03-01T09:00', '2027-03-02T09:00']);
    expect(await missed(world)).toEqual([]);
  });

  it('[H2] that is new has missed nothing, whatever it says about missed slots', async () => {
    const world = await start('2027-03-01T12:00:00Z', [spec({ ...NINE, maxLate: null })]);
    await world.clock.pass(HOUR);
    expect(await fired(world)).toEqual([]);
    world.keeper.apply([spec({ when: { cron: '30 12 * * *', timezone: 'UTC' }, maxLate: null })]);
    await world.clock.pass(HOUR);
    expect(await fired(world)).toEqual([]);
    expect(await missed(world)).toEqual([]);
  });

  it('that changes, goes or is switched off while the daemon runs does so at once', async () => {
    const world = await start('2027-03-01T12:00:30Z', [spec(EVERY_MINUTE)]);
    world.keeper.apply([spec({ ...EVERY_MINUTE, message: 'Do more.' })]);
    await world.clock.pass(MINUTE);
    expect(await world.journal.inbox('schedule/daily')).toMatchObject([{ input: { text: 'Do more.' } }]);
    world.keeper.apply([spec({ ...EVERY_MINUTE, enabled: false })]);
    await world.clock.pass(HOUR);
    world.keeper.apply([]);
    await world.clock.pass(HOUR);
    expect(await fired(world)).toEqual(['2027-03-01T12:01']);
    world.keeper.apply([spec({ ...EVERY_MINUTE, maxLate: null })]);
    await world.clock.pass(MINUTE);
    expect(await fired(world)).toEqual(['2027-03-01T12:01', '2027-03-01T14:02']);
    expect(await missed(world)).toEqual([]);
  });
});

describe('[H2] slots that passed while the daemon was down', () => {
  const away = async (maxLate: number | null) => {
    const specs = [spec({ ...NINE, maxLate })];
    const world = await start('2027-03-01T08:00:00Z', specs);
    await world.clock.pass(2 * HOUR);
    return restart(world, '2027-03-04T09:20:00Z', specs);
  };

  it('run: the latest runs late, once, and the earlier ones are recorded', async () => {
    const world = await away(null);
    expect(await fired(world)).toEqual(['2027-03-01T09:00', '2027-03-04T09:00']);
    expect(await missed(world)).toEqual([['2027-03-02T09:00', '2027-03-03T09:00', 2]]);
    const again = await restart(world, '2027-03-04T09:30:00Z', [spec({ ...NINE, maxLate: null })]);
    expect(await fired(again)).toEqual(['2027-03-01T09:00', '2027-03-04T09:00']);
    expect(await missed(again)).toHaveLength(1);
  });

  it('skip: none runs, all are recorded, and the next one comes as planned', async () => {
    const world = await away(MINUTE);
    expect(await fired(world)).toEqual(['2027-03-01T09:00']);
    expect(await missed(world)).toEqual([['2027-03-02T09:00', '2027-03-04T09:00', 3]]);
    expect(world.reports).toEqual(['schedule:missed']);
    await world.clock.pass(24 * HOUR);
    expect((await fired(world)).at(-1)).toBe('2027-03-05T09:00');
  });

  it('maxLate: the latest runs unless it is later than that', async () => {
    expect(await fired(await away(20 * MINUTE))).toEqual(['2027-03-01T09:00', '2027-03-04T09:00']);
    expect(await fired(await away(19 * MINUTE))).toEqual(['2027-03-01T09:00']);
  });

  it('a slot that falls into a restart runs, even where missed ones are skipped', async () => {
    const specs = [spec(NINE)];
    const world = await start('2027-03-01T08:59:59Z', specs);
    expect(await fired(await restart(world, '2027-03-01T09:00:02Z', specs))).toEqual(['2027-03-01T09:00']);
  });
});

describe('a paused schedule', () => {
  it('[H2] fires nothing, across restarts, and continues without catching up', async () => {
    const specs = [spec({ ...EVERY_MINUTE, maxLate: null })];
    const world = await start('2027-03-01T12:00:30Z', specs);
    expect(await world.keeper.pauseSchedule('daily', true)).toMatchObject({ paused: true, next: null });
    await world.clock.pass(10 * MINUTE);
    const later = await restart(world, '2027-03-01T13:00:30Z', specs);
    await later.clock.pass(10 * MINUTE);
    expect(await fired(later)).toEqual([]);
    const view = await later.keeper.pauseSchedule('daily', false);
    expect(view).toMatchObject({ paused: false, next: Date.parse('2027-03-01T13:11:00Z'), missed: [] });
    await later.clock.pass(MINUTE);
    expect(await fired(later)).toEqual(['2027-03-01T13:11']);
    expect(await missed(later)).toEqual([]);
  });

  it('[H2] runs on request, once for each request id', async () => {
    const world = await start('2027-03-01T12:00:30Z', [spec(NINE)]);
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
    expect(await fired(world)).toHaveLength(2);
  });

  it('that does not exist is an error that names the existing ones', async () => {
    const world = await start('2027-03-01T12:00:30Z', [spec()]);
    await expect(world.keeper.pauseSchedule('dayly', true)).rejects.toThrow(
      'There is no schedule "dayly". Known: daily.',
    );
  });
});

it('[H2] a slot that cannot be written is tried again until it can', async () => {
  const world = await start('2027-03-01T12:00:30Z', [spec(EVERY_MINUTE)]);
  const decide = world.journal.time.decide.bind(world.journal.time);
  world.journal.time.decide = () => Promise.reject(new JournalUnavailableError('disk full'));
  await world.clock.pass(45_000);
  expect(world.reports).toContain('time:failed');
  world.journal.time.decide = decide;
  await world.clock.pass(MINUTE);
  expect(await fired(world)).toEqual(['2027-03-01T12:01', '2027-03-01T12:02']);
});

it('[C7] a fenced generation fires nothing and stops', async () => {
  const world = await start('2027-03-01T12:00:30Z', [spec(EVERY_MINUTE)]);
  const other = await start('2027-03-01T12:00:30Z', [spec(EVERY_MINUTE)], {
    journal: world.journal,
    clock: world.clock,
  });
  await world.clock.pass(MINUTE);
  expect(await fired(world)).toEqual(['2027-03-01T12:01']);
  await world.journal.closeGeneration(1);
  await world.clock.pass(MINUTE);
  expect(await fired(world)).toEqual(['2027-03-01T12:01', '2027-03-01T12:02']);
  expect(world.reports).toContain('time:fenced');
  expect(world.clock.timers).toBe(1);
  other.keeper.stop();
  expect(world.clock.timers).toBe(0);
});
