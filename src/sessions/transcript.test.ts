import { describe, expect, it } from 'vitest';
import {
  callOf,
  created,
  historyCompacted,
  journalOf,
  modelCalls,
  queueInput,
  steerInput,
  toolFinished,
  turnStarted,
} from '../../test/support/events.ts';
import type { SessionEvent } from '../core/model/events.ts';
import { createMemoryJournal } from '../journal/memory/memory.ts';
import { readTranscript } from './transcript.ts';

const notes = (count: number): SessionEvent[] =>
  Array.from({ length: count }, (_, index) => ({ type: 'system_note_added', text: `note ${index}` }));

function reading(events: SessionEvent[]) {
  const journal = journalOf(events);
  const seen: number[] = [];
  return {
    seen,
    journal: {
      ...createMemoryJournal(),
      async readEvents(_: string, after: number, limit: number) {
        const page = journal.slice(after, after + limit);
        seen.push(...page.map(({ seq }) => seq));
        return page;
      },
    },
  };
}

describe('the transcript', () => {
  it('of a long session is read near the requested position', async () => {
    const { journal, seen } = reading([created, ...notes(5_000), steerInput('a'), turnStarted(1, 'a')]);
    const messages = await readTranscript(journal, 's', 5_000, 10);
    expect(messages.map(({ text }) => text)).toEqual(['note 4999', 'text of a']);
    expect(Math.min(...seen)).toBe(4_001);
  });

  it('resolves inputs and calls that were recorded long before they are referred to', async () => {
    const begun = [
      created,
      queueInput('late'),
      steerInput('a'),
      turnStarted(1, 'a'),
      modelCalls(1, callOf('look')),
    ];
    const later = [toolFinished('1.1', 'blue'), turnStarted(2, 'late')];
    const { journal } = reading([...begun, ...notes(3_000), ...later]);
    expect(await readTranscript(journal, 's', 3_005, 10)).toMatchObject([
      { role: 'tool', tool: 'look', text: 'blue' },
      { role: 'user', text: 'text of late' },
    ]);
  });

  it('has every message beside the summary that replaces it', async () => {
    const { journal } = reading([
      created,
      steerInput('a'),
      turnStarted(1, 'a'),
      ...notes(1),
      historyCompacted(2, 'so far'),
    ]);
    expect(await readTranscript(journal, 's', 0, 10)).toMatchObject([
      { role: 'user', text: 'text of a' },
      { role: 'system', text: 'note 0' },
      { role: 'system', text: 'so far', replaces: 2 },
    ]);
  });
});
