import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { checkJournal } from './check-journal.ts';
import { followAcrossRestarts, retryUntilAccepted } from './patience.ts';
import { createScriptedAgent } from './stage.ts';

/** An upper bound of kills, far more than an upload and a message have writes. */
const BOUND = 40;

/** Long enough for a file of its own. */
const LONG = Buffer.alloc(300_000, 'all work and no play ');
const SHORT = Buffer.from('a few words');

const config = createScriptedAgent([{ text: 'You sent {input}' }]);

describe('a daemon that is killed at every write of an upload and of the message with it', () => {
  it.concurrent.each([
    ['before each commit', { MIDTURN_TEST_KILL_POINT: 'before' }, 'MIDTURN_TEST_KILL_AT_WRITE'],
    ['after each commit', { MIDTURN_TEST_KILL_POINT: 'after' }, 'MIDTURN_TEST_KILL_AT_WRITE'],
    ['at each step of writing the file', {}, 'MIDTURN_TEST_KILL_AT_BLOB_STEP'],
  ])(
    '[A1] [L13] has the whole file once it is acknowledged, and nothing half before: %s',
    async (_, env, key) => {
      let kills = 0;
      for (let at = 1; at < BOUND; at += 1) {
        if (!(await sendFiles({ ...env, [key]: String(at) }, `${key}=${at}`))) break;
        kills = at;
      }
      expect(kills).toBeGreaterThan(2);
      expect(kills).toBeLessThan(BOUND - 1);
    },
  );
});

/** Uploads two files and sends them with a message, while the daemon is killed once. Resolves with whether it was. */
async function sendFiles(fault: Record<string, string>, where: string): Promise<boolean> {
  const daemon = new Daemon(config);
  const latch = join(daemon.home.root, 'killed');
  try {
    await daemon.startUp({ MIDTURN_TEST_FAULTS: '1', MIDTURN_TEST_KILL_LATCH: latch, ...fault });
    const { client } = daemon;
    const upload = (name: string, data: Buffer) =>
      retryUntilAccepted(() => client.uploadFile({ name, data }));
    const long = await upload('long.bin', LONG);
    const short = await upload('short.txt', SHORT);
    const content = [long, short].map(({ blob }) => ({ type: 'file' as const, blob }));
    await retryUntilAccepted(() => client.sendMessage('s', { id: 'a', content }));
    const events = [];
    for await (const event of followAcrossRestarts(client, 's')) {
      events.push(event);
      if (event.type === 'turn_finished') break;
    }
    checkJournal(events, where);
    expect(events.at(-1), where).toMatchObject({ outcome: 'answered', inputs: ['a'] });
    for (const [{ blob }, data] of [[long, LONG] as const, [short, SHORT] as const]) {
      const pieces: Uint8Array[] = [];
      for await (const piece of client.downloadFile('s', blob)) pieces.push(piece);
      expect(Buffer.concat(pieces).equals(data), where).toBe(true);
    }
    checkStored(daemon, where);
    return existsSync(latch);
  } finally {
    await daemon.dispose();
  }
}

/** Checks that every blob that the store shows is whole; only files that it does not show may be half. */
function checkStored({ home }: Daemon, where: string): void {
  const db = new DatabaseSync(home.journal, { readOnly: true });
  const rows = db.prepare('SELECT file, bytes, length(data) AS length FROM blobs').all();
  db.close();
  const files = new Set(readdirSync(join(home.state, 'blobs')));
  expect(rows.length, where).toBeGreaterThanOrEqual(2);
  for (const { file, bytes, length } of rows) {
    if (typeof file !== 'string') expect(length, where).toBe(bytes);
    else {
      expect(files.has(file), where).toBe(true);
      expect(statSync(join(home.state, 'blobs', file)).size, where).toBe(bytes);
    }
  }
}
