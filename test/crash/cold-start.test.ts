import { existsSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import type { RecordedEvent } from '../../src/core/model/events.ts';
import { createTextContent } from '../../src/core/model/message.ts';
import { openSqliteJournal } from '../../src/journal/sqlite/open.ts';
import type { Daemon } from '../support/daemon.ts';
import { createScriptedAgent, createTestDaemon } from './stage.ts';

const SESSIONS = 10_000;
/** Bytes of events of each session, 40 MB together, so that reading them would be visible. */
const LENGTH = 4_000;

it('[J5][D1] a start with 10,000 idle sessions loads none of them and reads none of their rows', async (t) => {
  const empty = createTestDaemon(t, createScriptedAgent([{ text: 'Here.' }]));
  await empty.startUp();
  const full = createTestDaemon(t, createScriptedAgent([{ text: 'Here.' }]));
  await fill(full);
  // Loading one of these sessions would fail, because their events are invalid.
  damage(full);
  await full.startUp();

  const { generation, sessions } = await full.client.getStatus();
  expect(sessions).toEqual({ idle: SESSIONS, queued: 0, running: 0, waiting: 0, quarantined: 0 });
  const [more, less] = [bytesRead(full), bytesRead(empty)];
  if (more !== null && less !== null) expect(more - less).toBeLessThan((SESSIONS * LENGTH) / 10);
  const heard = full.log.map(({ msg }) => msg);
  expect(heard.filter((msg) => msg.startsWith('session:') || msg === 'generation:resumed')).toEqual([]);
  const db = new DatabaseSync(full.home.journal, { readOnly: true });
  const claimed = db.prepare('SELECT count(*) AS n FROM sessions WHERE owner = ?').get(generation.number);
  db.close();
  expect(claimed).toEqual({ n: 0 });
  expect(await full.client.sendAndWait('new', { text: 'hello' }, 20)).toMatchObject({ text: 'Here.' });
});

async function fill({ home }: Daemon): Promise<void> {
  const journal = await openSqliteJournal(home.journal);
  const generation = await journal.openGeneration({ version: '0.0.0', pid: 1 });
  const at = Date.now();
  const instructions = 'x'.repeat(LENGTH);
  const names = Array.from({ length: SESSIONS }, (_, index) => `idle/${index}`);
  await Promise.all(
    names.map(async (session) => {
      const input = {
        kind: 'message' as const,
        id: 'a',
        content: createTextContent(instructions),
        mode: 'steer' as const,
      };
      const events: RecordedEvent[] = [
        { type: 'session_created', agent: 'main', seq: 1, at },
        { type: 'input_received', input, seq: 2, at },
        { type: 'turn_started', turn: 1, inputs: ['a'], seq: 3, at },
        { type: 'turn_finished', turn: 1, inputs: ['a'], outcome: 'answered', seq: 4, at },
      ];
      await journal.deliver({ session, agent: 'main', input, at });
      await journal.claimSession(session, generation);
      const consumed = (await journal.readInbox(session)).map(({ entry }) => entry);
      await journal.append({ session, generation, events, consumed, status: 'idle', wakeAt: null });
    }),
  );
  await journal.closeGeneration(generation);
  await journal.close();
}

function damage({ home }: Daemon): void {
  const db = new DatabaseSync(home.journal, { timeout: 10_000 });
  db.exec("UPDATE events SET body = '{' WHERE seq = 1");
  db.close();
}

/** Returns the bytes that the generation has read since its start, from disk or cache; null where unsupported. */
function bytesRead({ generationPid }: Daemon): number | null {
  const path = `/proc/${generationPid}/io`;
  if (!existsSync(path)) return null;
  return Number(/^rchar: (\d+)$/m.exec(readFileSync(path, 'utf8'))?.[1]);
}
