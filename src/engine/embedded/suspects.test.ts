import { describe, expect, it } from 'vitest';
import {
  created,
  journalOf,
  modelInterrupted,
  modelStarted,
  steerInput,
  turnStarted,
} from '../../../test/support/events.ts';
import { foldEvents } from '../../core/evolve.ts';
import type { SessionEvent } from '../../core/model/events.ts';
import { createTextContent } from '../../core/model/message.ts';
import { getSessionStatus } from '../../core/model/state.ts';
import type { Journal } from '../../journal/journal.ts';
import { createMemoryJournal } from '../../journal/memory/memory.ts';
import { Suspects } from './suspects.ts';

const atWork = [created, steerInput('a'), turnStarted(1, 'a'), modelStarted(1)];
const waiting = [created, steerInput('a'), turnStarted(1, 'a')];
const knownSuspect = [...atWork, modelInterrupted(1, 'crash'), modelStarted(1, 2)];

describe('[B6] the blame for the death of a generation', () => {
  it('is sole for the only session at work, and none for one that waits', async () => {
    expect(await judged({ busy: atWork, idle: waiting })).toEqual({ busy: 'sole', idle: 'none' });
  });

  it('is shared by all sessions at work while none of them was a suspect', async () => {
    expect(await judged({ one: atWork, two: atWork })).toEqual({ one: 'shared', two: 'shared' });
  });

  it('is sole for the only known suspect; the others at work become suspects', async () => {
    expect(await judged({ one: atWork, two: knownSuspect })).toEqual({ one: 'shared', two: 'sole' });
  });

  it('is shared by several known suspects', async () => {
    const sessions = { one: knownSuspect, two: knownSuspect, three: atWork };
    expect(await judged(sessions)).toEqual({ one: 'shared', two: 'shared', three: 'shared' });
  });

  it('is none for steps that an earlier generation began', async () => {
    const earlier = [created, steerInput('a'), turnStarted(1, 'a'), { ...modelStarted(1), generation: 7 }];
    expect(await judged({ busy: atWork, earlier })).toEqual({ busy: 'sole', earlier: 'none' });
  });

  it('is none for every session when no crash was seen', async () => {
    expect(await judged({ busy: atWork }, false)).toEqual({ busy: 'none' });
  });
});

async function judged(
  sessions: Record<string, SessionEvent[]>,
  seen = true,
): Promise<Record<string, string>> {
  const journal = createMemoryJournal();
  const generation = await journal.openGeneration({ version: 'test', pid: 1 });
  for (const [session, events] of Object.entries(sessions))
    await record(journal, generation, session, events);
  const suspects = new Suspects({ journal, report: () => {} });
  if (seen) await suspects.judgeGeneration(generation);
  const states = Object.entries(sessions).map(
    ([session, events]) => [session, foldEvents(journalOf(events))] as const,
  );
  return Object.fromEntries(
    states.map(([session, { turn }]) => [session, suspects.getBlame(session, turn?.generation ?? 0)]),
  );
}

async function record(journal: Journal, generation: number, session: string, events: SessionEvent[]) {
  const input = { kind: 'message', id: 'a', content: createTextContent('go'), mode: 'steer' } as const;
  await journal.deliver({ session, agent: 'main', input, at: 1 });
  await journal.claimSession(session, generation);
  const recorded = journalOf(events);
  const status = getSessionStatus(foldEvents(recorded));
  await journal.append({ session, generation, events: recorded, consumed: [], status, wakeAt: null });
}
