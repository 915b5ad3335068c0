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

describe('[J10] a wall clock that is set', () => {
  it('back repeats no slot and blocks none', async () => {
    const world = await start('2027-03-01T12:00:30Z', [spec(EVERY_MINUTE)]);
    await world.clock.pass(5 * MINUTE);
    expect(await fired(world)).toHaveLength(5);
    world.clock.set('2027-03-01T12:02:30Z');
    await world.clock.pass(2 * MINUTE);
    expect(await fired(world)).toHaveLength(5);
    await world.clock.pass(5 * MINUTE);
    expect(await fired(world)).toEqual(
      Array.from({ length: 9 }, (_, index) => `2027-03-01T12:0${index + 1}`),
    );
    expect(await missed(world)).toEqual([]);
    expect(world.reports).toContain('clock:set_back');
  });

  it('forward counts as downtime', async () => {
    const world = await start('2027-03-01T08:00:00Z', [spec(NINE)]);
    world.clock.set('2027-03-03T08:30:00Z');
    await world.clock.pass(MINUTE);
    expect(await fired(world)).toEqual([]);
    expect(await missed(world)).toEqual([['2027-03-01T09:00', '2027-03-02T09:00', 2]]);
    await world.clock.pass(HOUR);
    expect(await fired(world)).toEqual(['2027-03-03T09:00']);
  });

  it('years ahead and back again, with a restart in between, blocks nothing', async () => {
    const specs = [spec({ ...NINE, maxLate: null })];
    const world = await start('2027-03-01T08:00:00Z', specs);
    world.clock.set('2036-07-01T10:00:00Z');
    await world.clock.pass(MINUTE);
    expect(await fired(world)).toEqual(['2036-07-01T09:00']);
    const back = await restart(world, '2027-03-01T08:05:00Z', specs);
    await back.clock.pass(HOUR);
    const later = await restart(back, '2027-03-03T10:00:00Z', specs);
    expect(await fired(later)).toEqual(['2036-07-01T09:00', '2027-03-01T09:00', '2027-03-03T09:00']);
  });

  it('days ahead and back again blocks nothing', async () => {
    const world = await start('2027-03-01T08:00:00Z', [spec({ ...NINE, maxLate: null })]);
    world.clock.set('2027-03-05T10:00:00Z');
    await world.clock.pass(MINUTE);
    world.clock.set('2027-03-01T08:05:00Z');
    await world.clock.pass(5 * 24 * HOUR);
    expect(await fired(world)).toEqual(['05', '01', '02', '03', '04'].map((day) => `2027-03-${day}T09:00`));
  });

  it('to 1970 for a while repeats nothing and reports nothing as missed', async () => {
    const specs = [spec({ ...NINE, maxLate: null })];
    const world = await start('2027-03-01T08:30:00Z', specs);
    await world.clock.pass(HOUR);
    const early = await restart(world, '1970-01-01T00:00:10Z', specs);
    await early.clock.pass(MINUTE);
    early.clock.set('2027-03-01T11:00:00Z');
    await early.clock.pass(MINUTE);
    expect(await fired(early)).toEqual(['2027-03-01T09:00']);
    expect(await missed(early)).toEqual([]);
    await early.clock.pass(24 * HOUR);
    expect(await fired(early)).toEqual(['2027-03-01T09:00', '2027-03-02T09:00']);
  });

  it('is noticed within half a minute, by one timer for all schedules', async () => {
    const specs = Array.from({ length: 1_000 }, (_, index) =>
      spec({ name: `s${index}`, when: { every: 24 * HOUR }, maxLate: null }),
    );
    const world = await start('2027-03-01T12:00:00Z', specs);
    expect(world.clock.timers).toBe(1);
    world.clock.set('2027-03-02T12:00:00Z');
    await world.clock.pass(30_000);
    expect(world.poked).toHaveLength(1_000);
    expect(world.clock.timers).toBe(1);
  });
});
