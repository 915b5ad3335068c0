import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import type { RecordedEvent } from '../src/core/model/events.ts';
import type { Journal } from '../src/journal/journal.ts';
import { openSqliteJournal } from '../src/journal/sqlite/open.ts';
import { Daemon } from '../test/support/daemon.ts';
import type { BareStream } from './bare-stream.ts';
import { hearCrowd, startCrowd } from './crowd-thread.ts';
import { type Bench, formatRate, formatRatio, onDisk, perSecond, type Row } from './measure.ts';

const SESSIONS = 100;
/** Events that each session has in the feed that is read. */
const EVENTS = 200;
const PAGE = 500;
const FOLLOWERS = 900;
/** Turns whose events the followers are sent. */
const TURNS = 20;

/** Cost of the feed: reading it in pages, and sending new events to 900 followers. */
export const feed: Bench = {
  name: 'feed',
  run: async () => [await onDisk(readRow), await fanOutRow()],
};

async function readRow(folder: string): Promise<Row> {
  const path = join(folder, 'journal.db');
  const journal = await openSqliteJournal(path);
  await writeEvents(journal);
  // Each is read twice; the first time warms the code and the cache.
  await readPages(journal);
  const value = perSecond(SESSIONS * EVENTS, await readPages(journal));
  await journal.close();
  readRows(path);
  const bare = perSecond(SESSIONS * EVENTS, readRows(path));
  return {
    what: `events read from the feed, in pages of ${PAGE}`,
    value: formatRate(value),
    against: `bare node:sqlite, JSON parsed: ${formatRate(bare)}`,
    ratio: formatRatio(value / bare),
    aim: '≥ 0.25 ×',
    met: value >= bare / 4,
  };
}

async function writeEvents(journal: Journal): Promise<void> {
  const generation = await journal.openGeneration({ version: 'bench', pid: process.pid });
  const events = Array.from(
    { length: EVENTS },
    (_, index): RecordedEvent => ({
      type: 'system_note_added',
      text: 'x'.repeat(300),
      seq: index + 1,
      at: index,
    }),
  );
  for (let n = 0; n < SESSIONS; n += 1) {
    const session = `s${n}`;
    const input = { kind: 'cancel', id: 'c' } as const;
    await journal.deliver({ session, agent: 'main', input, at: 0 });
    await journal.claimSession(session, generation);
    await journal.append({ session, generation, events, consumed: [], status: 'idle', wakeAt: null });
  }
}

/** Milliseconds for the whole feed. */
async function readPages(journal: Journal): Promise<number> {
  const start = performance.now();
  for (let after = 0, end = 1; after < end; )
    ({ next: after, end } = await journal.readFeed({ after, limit: PAGE }));
  return performance.now() - start;
}

function readRows(path: string): number {
  const db = new DatabaseSync(path);
  const sql = db.prepare('SELECT * FROM events WHERE position > ? ORDER BY position LIMIT ?');
  const start = performance.now();
  for (let after = 0, more = true; more; after += PAGE) {
    const rows = sql.all(after, PAGE);
    for (const { body } of rows) JSON.parse(String(body));
    more = rows.length === PAGE;
  }
  db.close();
  return performance.now() - start;
}

async function fanOutRow(): Promise<Row> {
  const daemon = new Daemon({
    providers: { scripted: { type: 'scripted', scripts: { quick: [{ text: 'ok' }] } } },
    agents: { quick: { model: 'scripted/quick' } },
    defaultAgent: 'quick',
  });
  await daemon.startUp();
  const { client, home } = daemon;
  try {
    await client.sendAndWait('followed', { text: 'hello' }, 30);
    const { end: before } = await client.readFeed({ limit: 1 });
    const crowd = startCrowd({
      socketPath: home.socket,
      path: `/v1/events?after=${before}`,
      end: `event: turn_finished\\ndata: .*"turn":${TURNS + 1}\\b`,
      followers: FOLLOWERS,
    });
    await hearCrowd(crowd, 'connected');
    const start = performance.now();
    const caughtUp = hearCrowd(crowd, 'caught up');
    for (let turn = 0; turn < TURNS; turn += 1)
      await client.sendMessage('followed', { text: 'x'.repeat(1_000), mode: 'queue' });
    await caughtUp;
    const taken = performance.now() - start;
    await crowd.terminate();
    const { events } = await client.readFeed({ after: before, limit: 1_000 });
    const sizes = events.map((event) => JSON.stringify(event).length + 40);
    const value = perSecond(events.length * FOLLOWERS, taken);
    const bare = perSecond(events.length * FOLLOWERS, await bareFanOut(sizes));
    return {
      what: `events sent to ${FOLLOWERS} followers of the feed, all together, while turns run`,
      value: formatRate(value),
      against: `node:http that only writes as many bytes: ${formatRate(bare)}`,
      ratio: formatRatio(value / bare),
      aim: '≥ 0.2 ×',
      met: value >= bare / 5,
    };
  } finally {
    await daemon.dispose();
  }
}

/** Milliseconds in which a bare server has sent frames of these sizes to as many followers. */
async function bareFanOut(sizes: readonly number[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'midturn-bench-'));
  const socketPath = join(folder, 'bare.sock');
  const server = new Worker(new URL('./bare-stream.ts', import.meta.url), {
    workerData: { socketPath, sizes } satisfies BareStream,
  });
  await once(server, 'message');
  const crowd = startCrowd({ socketPath, path: '/', end: 'the end', followers: FOLLOWERS });
  await hearCrowd(crowd, 'connected');
  const start = performance.now();
  const caughtUp = hearCrowd(crowd, 'caught up');
  server.postMessage('go');
  await caughtUp;
  const taken = performance.now() - start;
  await Promise.all([crowd.terminate(), server.terminate()]);
  rmSync(folder, { recursive: true });
  return taken;
}
