import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { openSqliteJournal } from '../../src/journal/sqlite/open.ts';
import { addTotals } from '../../src/journal/usage.ts';

it.each(['v1', 'v2'])(
  '[N1] the ledger of a journal of an earlier release (%s) is filled, once',
  async (name) => {
    const path = join(mkdtempSync(join(tmpdir(), 'midturn-ledger-')), 'journal.db');
    writeFileSync(
      path,
      gunzipSync(readFileSync(new URL(`../fixtures/journals/${name}.db.gz`, import.meta.url))),
    );
    const inEvents = countCalls(path);
    expect(inEvents['calls']).toBeGreaterThan(0);
    for (const _ of ['first', 'again']) {
      const journal = await openSqliteJournal(path);
      onTestFinished(() => journal.close());
      const [first, ...rest] = await journal.sumUsage({ by: 'model' });
      const { calls, output, cost } = rest.reduce(addTotals, first ?? expect.fail('the ledger is empty'));
      expect({ calls, output, cost }).toEqual({ ...inEvents, cost: 0 });
    }
  },
);

function countCalls(path: string) {
  const db = new DatabaseSync(path);
  const ends = "('model_call_finished', 'history_compacted', 'model_call_interrupted')";
  const sums = db
    .prepare(
      `SELECT count(*) AS calls, coalesce(sum(body ->> '$.usage.output'), 0) AS output FROM events WHERE type IN ${ends}`,
    )
    .get();
  db.close();
  return { ...sums };
}
