import { readFileSync } from 'node:fs';
import type { RecordedEvent } from '../src/core/model/events.ts';
import { createTextContent } from '../src/core/model/message.ts';
import type { Journal } from '../src/journal/journal.ts';
import { openSqliteJournal } from '../src/journal/sqlite/open.ts';

/** Fills a store with sessions that each had one turn. */
export async function fillWithIdleSessions(path: string, count: number): Promise<void> {
  const journal = await openSqliteJournal(path);
  const generation = await journal.openGeneration({ version: 'bench', pid: process.pid });
  await Promise.all(Array.from({ length: count }, (_, n) => idleSession(journal, generation, `idle-${n}`)));
  await journal.closeGeneration(generation);
  await journal.close();
}

async function idleSession(journal: Journal, generation: number, session: string): Promise<void> {
  const input = { kind: 'message', id: 'a', content: createTextContent('hello'), mode: 'steer' } as const;
  await journal.deliver({ session, agent: 'main', input, at: 1 });
  await journal.claimSession(session, generation);
  const consumed = (await journal.readInbox(session)).map(({ entry }) => entry);
  const at = (seq: number) => ({ seq, at: 1 });
  const events: RecordedEvent[] = [
    { type: 'session_created', agent: 'main', ...at(1) },
    { type: 'input_received', input, ...at(2) },
    { type: 'turn_started', turn: 1, inputs: ['a'], ...at(3) },
    { type: 'turn_finished', turn: 1, inputs: ['a'], outcome: 'answered', ...at(4) },
  ];
  await journal.append({ session, generation, events, consumed, status: 'idle', wakeAt: null });
}

export function residentMegabytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}
