import type { DatabaseSync } from 'node:sqlite';
import type { Ownership } from '../../ownership.ts';
import { type AppendOperation, toAppendOperation } from './append.ts';
import { type Write, type WriteResult, writeDone } from './result.ts';
import { findStoredSession, type SessionStatements } from './session-row.ts';

/** Messages to the writer thread about generations and the sessions that they own. */
export type OwnershipOperation =
  | { kind: 'open_generation'; version: string; pid: number }
  | { kind: 'close_generation'; generation: number }
  | { kind: 'end_earlier'; generation: number; alive: readonly number[] }
  | { kind: 'leave'; generation: number; keep: readonly string[]; leases: readonly string[] }
  | ClaimOperation;

interface ClaimOperation {
  kind: 'claim';
  session: string;
  generation: number;
}

export interface OwnershipStatements extends SessionStatements {
  ownership: ReturnType<typeof prepareOwnershipWriter>;
}

export function createOwnership(write: Write<OwnershipOperation | AppendOperation>): Ownership {
  return {
    async openGeneration(info) {
      return (await write({ kind: 'open_generation', ...info })).value;
    },
    async closeGeneration(generation) {
      await write({ kind: 'close_generation', generation });
    },
    async endEarlierGenerations(generation, alive) {
      await write({ kind: 'end_earlier', generation, alive });
    },
    async startLeaving(generation, keep, leases = []) {
      await write({ kind: 'leave', generation, keep, leases });
    },
    async claimSession(session, generation) {
      await write({ kind: 'claim', session, generation });
    },
    async append(batch) {
      await write(toAppendOperation(batch));
    },
  };
}

export function prepareOwnershipWriter(db: DatabaseSync) {
  return {
    open: db.prepare('INSERT INTO generations (version, pid, started_at) VALUES (?, ?, ?)'),
    close: db.prepare('UPDATE generations SET ended_at = ? WHERE number = ? AND ended_at IS NULL'),
    endEarlier: db.prepare(
      `UPDATE generations SET ended_at = ?
       WHERE ended_at IS NULL AND number < ? AND number NOT IN (SELECT value FROM json_each(?))`,
    ),
    leave: db.prepare('UPDATE generations SET left_at = ? WHERE number = ? AND left_at IS NULL'),
    hold: db.prepare('UPDATE sessions SET held = owner WHERE name = ? AND owner = ?'),
    holdLease: db.prepare('UPDATE leases SET held = 1 WHERE name = ? AND generation = ?'),
    isServing: db.prepare(
      'SELECT 1 FROM generations WHERE number = ? AND ended_at IS NULL AND left_at IS NULL',
    ),
    claim: db.prepare('UPDATE sessions SET owner = ?, held = NULL WHERE id = ?'),
  };
}

export function executeOwnership(sql: OwnershipStatements, operation: OwnershipOperation): WriteResult {
  const { ownership } = sql;
  switch (operation.kind) {
    case 'open_generation': {
      const { lastInsertRowid } = ownership.open.run(operation.version, operation.pid, Date.now());
      return writeDone(Number(lastInsertRowid));
    }
    case 'close_generation':
      ownership.close.run(Date.now(), operation.generation);
      return writeDone();
    case 'end_earlier':
      ownership.endEarlier.run(Date.now(), operation.generation, JSON.stringify(operation.alive));
      return writeDone();
    case 'leave':
      ownership.leave.run(Date.now(), operation.generation);
      for (const session of operation.keep) ownership.hold.run(session, operation.generation);
      for (const lease of operation.leases) ownership.holdLease.run(lease, operation.generation);
      return writeDone();
    case 'claim':
      return executeClaim(sql, operation);
  }
}

/** Returns whether a generation may take new work: it is open and not leaving. */
export function isServing({ ownership }: OwnershipStatements, generation: number): boolean {
  return ownership.isServing.get(generation) !== undefined;
}

function executeClaim(sql: OwnershipStatements, { session, generation }: ClaimOperation): WriteResult {
  const found = findStoredSession(sql, session);
  if (!found) return { done: false, refused: 'missing', session };
  const { id, owner } = found;
  const taken = owner !== null && owner !== generation;
  if (taken || !isServing(sql, generation)) {
    return { done: false, refused: 'fenced', session, generation, owner };
  }
  if (owner === null) sql.ownership.claim.run(generation, id);
  return writeDone();
}
