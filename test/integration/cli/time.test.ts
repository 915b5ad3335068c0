import { expect, it } from 'vitest';
import { midturn, runningHome } from './midturn.ts';

it('schedules are listed, paused, resumed and run; reminders are listed and removed', async () => {
  const { home } = await runningHome({
    schedules: {
      yearly: { cron: '@yearly', timezone: 'Europe/Berlin', message: 'Happy new year' },
      off: { every: '90m', message: 'never said', enabled: false },
    },
  });
  const list = await midturn(home, ['schedules', 'ls']);
  expect(list.stdout).toMatch(/^SCHEDULE +WHEN +NEXT +LAST +MISSED +SESSION\n/);
  expect(list.stdout).toMatch(/\nyearly +@yearly Europe\/Berlin +in \d.* +- +- +schedule\/yearly\n/);
  expect(list.stdout).toMatch(/\noff +every 90m +disabled +- +- +schedule\/off\n$/);

  const paused = await midturn(home, ['schedules', 'pause', 'yearly']);
  expect(paused.stdout).toBe('yearly is paused; resume it with `midturn schedules resume yearly`.\n');
  expect((await midturn(home, ['schedules', 'ls'])).stdout).toMatch(/yearly .* paused /);
  const resumed = await midturn(home, ['schedules', 'resume', 'yearly', '--json']);
  expect(JSON.parse(resumed.stdout)).toMatchObject({ name: 'yearly', paused: false });

  const run = ['schedules', 'run', 'yearly', '--id', 'a'];
  expect((await midturn(home, run)).stdout).toBe('yearly is running in session schedule/yearly.\n');
  expect((await midturn(home, run)).stdout).toBe('Already run: this request id has run yearly before.\n');
  expect(await midturn(home, ['schedules', 'run', 'daily'])).toEqual({
    code: 1,
    stdout: '',
    stderr: 'midturn: There is no schedule "daily". Known: yearly, off.\n',
  });

  expect((await midturn(home, ['reminders', 'ls'])).stdout).toBe('No reminders.\n');
  const none = await midturn(home, ['reminders', 'ls', '--json']);
  expect(JSON.parse(none.stdout)).toEqual({ reminders: [] });
  expect(await midturn(home, ['reminders', 'rm', 'x'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('There is no reminder "x"'),
  });
});

it('an agent sets a reminder, which is listed and removed', async () => {
  const remind = { name: 'remind', input: { text: 'water the plants', in: '2d' } };
  const { home } = await runningHome({
    providers: {
      scripted: { type: 'scripted', scripts: { gardener: [{ tools: [remind] }, { text: '{result}' }] } },
    },
    agents: { main: { model: 'scripted/gardener' } },
  });
  const answer = await midturn(home, ['send', 'garden', 'Remind me', '--wait', '30']);
  const [, id = ''] = /^Reminder (\S+) is set for /.exec(answer.stdout) ?? [];
  const list = await midturn(home, ['reminders', 'ls', '--session', 'garden']);
  expect(list.stdout).toMatch(/^ID +DUE +SESSION +TEXT\n\S+ +in 1 d +garden +water the plants\n$/);
  expect((await midturn(home, ['reminders', 'rm', id])).stdout).toBe('Removed: water the plants\n');
  expect((await midturn(home, ['reminders', 'ls'])).stdout).toBe('No reminders.\n');
});
