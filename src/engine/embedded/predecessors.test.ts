import { expect, it } from 'vitest';
import { TestClock } from '../../../test/support/clock.ts';
import { startEngine } from '../../../test/support/engine.ts';
import { watchedJournal } from '../../../test/support/watched-journal.ts';
import { createTextContent } from '../../core/model/message.ts';
import { Predecessors } from './predecessors.ts';

/**
 * Opens a journal with a dead generation that owned a session with a later message, and with the generation after
 * it.
 */
async function successor() {
  const clock = new TestClock('2030-01-01T12:00:00Z');
  const { journal, refuse } = watchedJournal();
  const dead = await journal.openGeneration({ version: 'test', pid: 1 });
  const input = { kind: 'message', id: 'a', content: createTextContent('hello'), mode: 'queue' } as const;
  const { seq } = await journal.deliver({ session: 's', agent: 'main', input, at: Date.now() });
  await journal.claimSession('s', dead);
  const engine = await startEngine({ journal, clock });
  const { runner, sessions, reports } = engine;
  const { liveStream, report } = runner.ports;
  const predecessors = new Predecessors({ engine: engine.engine, liveStream, report, clock });
  const answer = () => sessions.waitForOutcome('s', 'a', seq, new AbortController().signal);
  return { predecessors, refuse, dead, answer, reports, journal, clock };
}

it.each(['at its start', 'later'])(
  '[A7] [J9] resumes the sessions of an earlier generation although the disk is full when it is found dead %s',
  async (when) => {
    const { predecessors, refuse, dead, answer, reports, clock } = await successor();
    refuse.ends = 2;
    const taken = when === 'later' ? predecessors.handleExit(dead) : predecessors.takeOverSessions(null);
    await clock.advanceBy(1_000);
    await taken;
    expect(await answer()).toEqual({ outcome: 'answered', text: 'You said: hello' });
    expect(reports.filter(({ event }) => event === 'journal:unavailable')).toHaveLength(1);
  },
);

it('a generation that leaves while the disk is full ends and no longer resumes any session', async () => {
  const { predecessors, refuse, dead, journal, clock } = await successor();
  refuse.ends = Number.POSITIVE_INFINITY;
  const begun = predecessors.takeOverSessions(null);
  await clock.advanceBy(1_000);
  predecessors.close();
  refuse.ends = 0;
  await clock.advanceBy(1_000);
  await begun;
  expect(await journal.findSession('s')).toMatchObject({ owner: dead });
});
