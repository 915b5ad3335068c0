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

describe('[J10] a wall clock that is set', () => {
  it('back repeats no slot and blocks none', async () => {
    const world = await startTimekeeper('2027-03-01T12:00:30Z', [scheduleSpec(EVERY_MINUTE)]);
    await world.clock.advanceBy(5 * MINUTE);
    expect(await firedSlots(world)).toHaveLength(5);
    world.clock.setWallClock('2027-03-01T12:02:30Z');
    await world.clock.advanceBy(2 * MINUTE);
    expect(await firedSlots(world)).toHaveLength(5);
    await world.clock.advanceBy(5 * MINUTE);
    expect(await firedSlots(world)).toEqual(
      Array.from({ length: 9 }, (_, index) => `2027-03-01T12:0${index + 1}`),
    );
    expect(await missedSlots(world)).toEqual([]);
    expect(world.reports).toContain('clock:set_back');
  });

  it('forward counts as downtime', async () => {
    const world = await startTimekeeper('2027-03-01T08:00:00Z', [scheduleSpec(NINE)]);
    world.clock.setWallClock('2027-03-03T08:30:00Z');
    await world.clock.advanceBy(MINUTE);
    expect(await firedSlots(world)).toEqual([]);
    expect(await missedSlots(world)).toEqual([['2027-03-01T09:00', '2027-03-02T09:00', 2]]);
    await world.clock.advanceBy(HOUR);
    expect(await firedSlots(world)).toEqual(['2027-03-03T09:00']);
  });

  it('years ahead and back again, with a restart in between, blocks nothing', async () => {
    const specs = [scheduleSpec({ ...NINE, maxLate: null })];
    const world = await startTimekeeper('2027-03-01T08:00:00Z', specs);
    world.clock.setWallClock('2036-07-01T10:00:00Z');
    await world.clock.advanceBy(MINUTE);
    expect(await firedSlots(world)).toEqual(['2036-07-01T09:00']);
    const back = await restartTimekeeper(world, '2027-03-01T08:05:00Z', specs);
    await back.clock.advanceBy(HOUR);
    const later = await restartTimekeeper(back, '2027-03-03T10:00:00Z', specs);
    expect(await firedSlots(later)).toEqual(['2036-07-01T09:00', '2027-03-01T09:00', '2027-03-03T09:00']);
  });

  it('days ahead and back again blocks nothing', async () => {
    const world = await startTimekeeper('2027-03-01T08:00:00Z', [scheduleSpec({ ...NINE, maxLate: null })]);
    world.clock.setWallClock('2027-03-05T10:00:00Z');
    await world.clock.advanceBy(MINUTE);
    world.clock.setWallClock('2027-03-01T08:05:00Z');
    await world.clock.advanceBy(5 * 24 * HOUR);
    expect(await firedSlots(world)).toEqual(
      ['05', '01', '02', '03', '04'].map((day) => `2027-03-${day}T09:00`),
    );
  });

  it('to 1970 for a while repeats nothing and reports nothing as missed', async () => {
    const specs = [scheduleSpec({ ...NINE, maxLate: null })];
    const world = await startTimekeeper('2027-03-01T08:30:00Z', specs);
    await world.clock.advanceBy(HOUR);
    const early = await restartTimekeeper(world, '1970-01-01T00:00:10Z', specs);
    await early.clock.advanceBy(MINUTE);
    early.clock.setWallClock('2027-03-01T11:00:00Z');
    await early.clock.advanceBy(MINUTE);
    expect(await firedSlots(early)).toEqual(['2027-03-01T09:00']);
    expect(await missedSlots(early)).toEqual([]);
    await early.clock.advanceBy(24 * HOUR);
    expect(await firedSlots(early)).toEqual(['2027-03-01T09:00', '2027-03-02T09:00']);
  });

  it('is noticed within half a minute, by one timer for all schedules', async () => {
    const specs = Array.from({ length: 1_000 }, (_, index) =>
      scheduleSpec({ name: `s${index}`, when: { every: 24 * HOUR }, maxLate: null }),
    );
    const world = await startTimekeeper('2027-03-01T12:00:00Z', specs);
    expect(world.clock.timers).toBe(1);
    world.clock.setWallClock('2027-03-02T12:00:00Z');
    await world.clock.advanceBy(30_000);
    expect(world.poked).toHaveLength(1_000);
    expect(world.clock.timers).toBe(1);
  });
});
