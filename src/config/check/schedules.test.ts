import { expect, it } from 'vitest';
import { ConfigError } from '../../errors/config.ts';
import { resolveHome } from '../../util/home.ts';
import { checkConfig } from './check.ts';

const home = resolveHome('/srv/midturn');

function check(schedule: object, more: object = {}) {
  const text = JSON.stringify({ schedules: { daily: schedule }, ...more });
  return checkConfig(text, { home, env: {} }).config.schedules['daily'];
}

/** Every problem in the words of the error message, without the place. */
function complaints(schedule: object, more?: object): string[] {
  try {
    check(schedule, more);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message, hint }) =>
      [path, [message, hint].filter(Boolean).join('; ')].join(': '),
    );
  }
}

it('a schedule says when and what; the rest has defaults', () => {
  expect(check({ cron: '0 9 * * 1-5', message: 'Good morning' })).toEqual({
    cron: '0 9 * * 1-5',
    message: 'Good morning',
    missed: { maxLate: 3_600_000 },
    enabled: true,
  });
  expect(check({ every: '15m', message: 'm', missed: 'run' })).toMatchObject({
    every: 900_000,
    missed: 'run',
  });
  expect(check({ every: '1d', message: 'm', missed: { maxLate: '2h' } })).toMatchObject({
    missed: { maxLate: 7_200_000 },
  });
});

it.each(['@daily', '*/10 * * * *', '30 0 9 * * MON', '0 12 L * *', '0 0 29 2 *'])('takes %j', (cron) => {
  expect(complaints({ cron, message: 'm', timezone: 'Europe/Berlin' })).toEqual([]);
});

it.each([
  [
    'hello',
    'it has one field; write minute, hour, day of month, month and day of week, such as "0 9 * * 1-5"',
  ],
  ['0 9 * *', 'it has 4 fields; write'],
  ['0 0 9 * * 1 2027', 'it has 7 fields; write'],
  ['99 * * * *', 'invalid value for minute: 99'],
  ['2027-01-01T00:00:00', 'it has one field; write'],
  ['@reboot', 'there is no "@reboot"; the names are @yearly,'],
  ['0 0 31 2 *', 'no day is like that, so it would never run'],
])('refuses %j and says why', (cron, why) => {
  expect(complaints({ cron, message: 'm' })).toEqual([
    expect.stringContaining(`schedules.daily.cron: is not a cron expression: ${why}`),
  ]);
});

it.each<[object, string]>([
  [{ message: 'm' }, 'schedules.daily: says nothing about when it runs; write "cron"'],
  [{ cron: '0 9 * * *', every: '1h', message: 'm' }, 'schedules.daily.every: cannot stand beside "cron"'],
  [{ every: '1h', timezone: 'UTC', message: 'm' }, 'schedules.daily.timezone: is only for "cron"'],
  [{ every: '10ms', message: 'm' }, 'schedules.daily.every: "10ms" is too short; the minimum is "1s"'],
  [
    { cron: '0 9 * * *', timezone: 'Europe/Nowhere', message: 'm' },
    'schedules.daily.timezone: there is no such',
  ],
  [
    { every: '1h', agent: 'man', message: 'm' },
    'schedules.daily.agent: there is no agent "man"; did you mean',
  ],
  [
    { every: '1h', session: '..', message: 'm' },
    'schedules.daily.session: cannot be the id of a session: it is',
  ],
  [{ every: '1h' }, 'schedules.daily.message: is missing'],
  [{ every: '1h', message: 'm', missed: 'later' }, 'schedules.daily.missed: '],
])('refuses %j', (schedule, complaint) => {
  expect(complaints(schedule)).toEqual([expect.stringContaining(complaint)]);
});

it('a message must not be longer than others may be', () => {
  const more = { limits: { message: '1kb' } };
  expect(complaints({ every: '1h', message: 'x'.repeat(1_025) }, more)).toEqual([
    'schedules.daily.message: is longer than "limits.message" (1kb) allows',
  ]);
});

it.each([' ', '\n', '\u200b', '\u3000'])(
  'refuses the blank message %j, which no provider takes',
  (message) => {
    expect(complaints({ cron: '0 9 * * *', message })).toEqual([
      'schedules.daily.message: it must contain visible text',
    ]);
  },
);
