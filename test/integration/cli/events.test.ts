import { expect, it } from 'vitest';
import { Midturn, midturn, runningHome } from './midturn.ts';

it('prints the events of all sessions, from a position on or the latest ones, and follows them', async () => {
  const { home } = await runningHome();
  for (const session of ['team/a', 'b']) await midturn(home, ['send', session, 'hi', '--wait']);
  const all = await midturn(home, ['events', '--after', '0', '--json']);
  const events: { position: number; session: string; event: { type: string } }[] = all.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index + 1));
  expect(new Set(events.map(({ session }) => session))).toEqual(new Set(['team/a', 'b']));
  const some = await midturn(home, ['events', '--prefix', 'team/', '--type', 'turn_finished']);
  expect(some.stdout).toMatch(/^\d+ {2}\S+Z {2}team\/a {2}turn_finished\n$/);
  const last = await midturn(home, ['events', '-n', '2']);
  expect(last.stdout.trim().split('\n')).toHaveLength(2);
  const wrong = await midturn(home, ['events', '--type', 'dreamt']);
  expect(wrong).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('"dreamt"') });

  const follower = new Midturn(home, ['events', '--follow', '--after', '0', '--type', 'turn_finished']);
  await follower.until(/ b {2}turn_finished\n/);
  await midturn(home, ['restart', '--wait']);
  await midturn(home, ['send', 'late', 'hi', '--wait']);
  await follower.until(/ late {2}turn_finished\n/);
  expect(follower.stdout.match(/turn_finished/g)).toHaveLength(3);
});
