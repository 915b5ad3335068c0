import type { DatabaseSync } from 'node:sqlite';
import type { HeldLease, Leases } from '../../leases.ts';
import { requireIntegerOrNull } from '../store/values.ts';
import { isServing, type OwnershipStatements } from './ownership.ts';
import { type Write, type WriteRefused, type WriteResult, writeDone } from './result.ts';

/** Messages to the writer thread about leases. */
export type LeaseOperation =
  | { kind: 'acquire_lease'; lease: HeldLease }
  | { kind: 'release_lease'; lease: HeldLease };

export interface LeaseStatements extends OwnershipStatements {
  leases: ReturnType<typeof prepareLeaseWriter>;
}

export function createLeases(write: Write<LeaseOperation>, db: DatabaseSync): Leases {
  const holder = db.prepare(HOLDER);
  return {
    async acquireLease(name, generation) {
      await write({ kind: 'acquire_lease', lease: { name, generation } });
    },
    async releaseLease(name, generation) {
      await write({ kind: 'release_lease', lease: { name, generation } });
    },
    findLeaseHolder: async (name) => requireIntegerOrNull(holder.get(name)?.['holder'] ?? null),
  };
}

/** Selects the holder of a lease, by the rule that also decides who owns a session. */
const HOLDER = `SELECT g.number AS holder FROM leases l JOIN generations g
  ON g.number = l.generation AND g.ended_at IS NULL AND (g.left_at IS NULL OR l.held = 1)
  WHERE l.name = ?`;

export function prepareLeaseWriter(db: DatabaseSync) {
  return {
    holder: db.prepare(HOLDER),
    acquire: db.prepare(
      `INSERT INTO leases (name, generation) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET generation = excluded.generation, held = 0`,
    ),
    release: db.prepare('DELETE FROM leases WHERE name = ? AND generation = ?'),
  };
}

export function executeLease(sql: LeaseStatements, { kind, lease }: LeaseOperation): WriteResult {
  const { name, generation } = lease;
  if (kind === 'release_lease') {
    sql.leases.release.run(name, generation);
    return writeDone();
  }
  const holder = findHolder(sql, name);
  const taken = holder !== null && holder !== generation;
  if (taken || !isServing(sql, generation)) return leaseRefusal(lease, holder);
  if (holder === null) sql.leases.acquire.run(name, generation);
  return writeDone();
}

/** Returns the refusal of an operation whose lease is lost; `undefined` when its generation still holds it. */
export function checkLease(sql: LeaseStatements, lease: HeldLease): WriteRefused | undefined {
  const holder = findHolder(sql, lease.name);
  return holder === lease.generation ? undefined : leaseRefusal(lease, holder);
}

function findHolder({ leases }: LeaseStatements, name: string): number | null {
  return requireIntegerOrNull(leases.holder.get(name)?.['holder'] ?? null);
}

function leaseRefusal(lease: HeldLease, holder: number | null): WriteRefused {
  return { done: false, refused: 'lease', ...lease, holder };
}
