import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createCronTimes } from './cron.ts';

/** The moments of an expression in (from, to], in UTC. */
function between(expression: string, zone: string, from: string, to: string): string[] {
  const times = createCronTimes(expression, zone);
  const found: string[] = [];
  for (let at = times.next(Date.parse(from)); at !== null && at <= Date.parse(to); at = times.next(at)) {
    found.push(new Date(at).toISOString().slice(0, 16));
  }
  return found;
}

it('a time of day that summer time leaves out comes right after the gap', () => {
  expect(between('30 2 * * *', 'Europe/Berlin', '2027-03-27T00:00Z', '2027-03-29T12:00Z')).toEqual([
    '2027-03-27T01:30',
    '2027-03-28T01:00',
    '2027-03-29T00:30',
  ]);
});

it('a time of day that comes twice counts once', () => {
  expect(between('30 2 * * *', 'Europe/Berlin', '2027-10-30T00:00Z', '2027-11-01T12:00Z')).toEqual([
    '2027-10-30T00:30',
    '2027-10-31T00:30',
    '2027-11-01T01:30',
  ]);
});

it('steps follow real time through both changes', () => {
  expect(between('0 * * * *', 'Europe/Berlin', '2027-10-30T23:00Z', '2027-10-31T03:00Z')).toHaveLength(4);
  expect(between('0 * * * *', 'Europe/Berlin', '2027-03-28T00:00Z', '2027-03-28T03:00Z')).toHaveLength(3);
});

const expressions = [
  '30 2 * * *',
  '*/7 * * * *',
  '0 0 29 2 *',
  '15 0,12 * * 1-5',
  '59 59 23 L * *',
  '0 3 * * SUN',
];
const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Africa/Cairo',
  'Asia/Kolkata',
];
const moments = fc.date({
  min: new Date('2024-01-01'),
  max: new Date('2032-01-01'),
  noInvalidDate: true,
});

it('[H2] finds the same times when looking back as when looking ahead', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...expressions),
      fc.constantFrom(...zones),
      moments,
      (expression, zone, date) => {
        const times = createCronTimes(expression, zone);
        const next = times.next(date.getTime()) ?? Number.NaN;
        expect(next).toBeGreaterThan(date.getTime());
        expect(times.latest(next)).toBe(next);
        expect(times.latest(next + 999)).toBe(next);
        const before = times.latest(next - 1) ?? Number.NaN;
        expect(before).toBeLessThanOrEqual(date.getTime());
        expect(times.next(before)).toBe(next);
      },
    ),
    { numRuns: 300 },
  );
});
