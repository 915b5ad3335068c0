import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { SqliteTooOldError } from '../../../errors/journal.ts';
import { prepareApprovalReader } from '../roles/approvals.ts';
import { prepareCatalogReader } from '../roles/catalog.ts';
import { prepareFeedReader } from '../roles/feed.ts';
import { requireSqlite } from './connection.ts';
import { migrateStore } from './migrate.ts';

/** Tests of the migrations. After a new migration, write what this test reports as received into schema.sql. */
it('creates the schema in schema.sql when all migrations run', () => {
  const rows = migrated()
    .prepare('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type DESC, name')
    .all();
  const dump = rows.map(({ sql }) => `${sql};\n`).join('\n');
  expect(dump).toBe(readFileSync(new URL('schema.sql', import.meta.url), 'utf8'));
});

it('changes nothing when a store is migrated again', () => {
  const db = migrated();
  const before = db.prepare('SELECT value FROM meta').all();
  migrateStore(db, 'journal.db');
  expect(db.prepare('SELECT value FROM meta').all()).toEqual(before);
});

it('[J6] migrates the session grants of earlier releases and skips damaged events', () => {
  const db = new DatabaseSync(':memory:');
  migrateStore(db, 'journal.db', 5);
  const event = db.prepare(
    "INSERT INTO events (session, seq, at, type, v, body) VALUES (?, ?, 7, 'approval_resolved', 1, ?)",
  );
  const scoped = (scope: string) =>
    JSON.stringify({ approval: 'a', call: '1.1', decision: 'approved', scope, rule: 'shell', from: 'ann' });
  const bodies = [
    scoped('once'),
    scoped('session'),
    scoped('session'),
    scoped('always'),
    '{"scope": "ses',
    '7',
  ];
  for (const [index, body] of bodies.entries()) event.run(1, index + 1, body);
  event.run(2, 1, '{"decision": "approved", "scope": "session"}');
  migrateStore(db, 'journal.db');
  expect(db.prepare('SELECT * FROM session_grants').all()).toEqual([
    { session: 1, rule: 'shell', granted_at: 7, granted_by: 'ann' },
  ]);
});

it.each(['unfinished', 'notIdle', 'sessionsByStatus'] as const)(
  '[J5] %s does not read idle sessions',
  (name) => {
    const db = migrated();
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${prepareCatalogReader(db)[name].sourceSQL}`).all();
    const first = String(plan[0]?.['detail']);
    expect(first).toContain('sessions_not_idle');
  },
);

it.each([
  ['approvalsOfSession', 'approvals_of_session'],
  ['pendingApprovals', 'approvals_pending'],
] as const)('%s reads only these approvals, in index order', (name, index) => {
  const db = migrated();
  const plan = db.prepare(`EXPLAIN QUERY PLAN ${prepareApprovalReader(db)[name].sourceSQL}`).all();
  const details = plan.map(({ detail }) => String(detail));
  expect(details[0]).toContain(index);
  expect(details.filter((detail) => detail.includes('TEMP B-TREE'))).toEqual([]);
});

it('reads the feed by position, whatever its filter, and finds its end without counting', () => {
  const db = migrated();
  const { feed, end } = prepareFeedReader(db);
  const plan = db.prepare(`EXPLAIN QUERY PLAN ${feed.sourceSQL}`).all();
  const searches = plan.map(({ detail }) => String(detail)).filter((detail) => detail.startsWith('SEARCH'));
  expect(searches).toEqual([
    'SEARCH e USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)',
    'SEARCH s USING INTEGER PRIMARY KEY (rowid=?)',
  ]);
  expect(plan.map(({ detail }) => String(detail)).join()).not.toContain('TEMP B-TREE');
  expect(db.prepare(`EXPLAIN QUERY PLAN ${end.sourceSQL}`).all()).toMatchObject([
    { detail: 'SEARCH events' },
  ]);
});

it('[J5] finds the number of sessions without counting them', () => {
  const db = migrated();
  const plan = db.prepare(`EXPLAIN QUERY PLAN ${prepareCatalogReader(db).total.sourceSQL}`).all();
  expect(plan.map(({ detail }) => detail)).toEqual(['SEARCH sessions']);
});

it('refuses SQLite versions that can corrupt a shared journal', () => {
  for (const bad of ['3.51.2', '3.9.9', '3.50.10'])
    expect(() => requireSqlite(bad)).toThrow(SqliteTooOldError);
  for (const good of ['3.51.3', '3.51.10', '3.53.0', '4.0.0'])
    expect(() => requireSqlite(good)).not.toThrow();
});

function migrated(): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  migrateStore(db, 'journal.db');
  return db;
}
