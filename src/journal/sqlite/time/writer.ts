import type { DatabaseSync } from 'node:sqlite';
import {
  MISSED_KEPT,
  type MissedSlots,
  type Reminder,
  reminderInputId,
  type SchedulePlan,
} from '../../time.ts';
import { type DeliverOperation, executeDeliver, type InboxStatements } from '../roles/inbox.ts';
import { isServing, type OwnershipStatements } from '../roles/ownership.ts';
import { nothingWritten, type WriteRefused, type WriteResult, writeDone } from '../roles/result.ts';
import { findStoredSession } from '../roles/session-row.ts';
import { requireInteger } from '../store/values.ts';

/**
 * Messages to the writer thread about schedules and reminders; each is one transaction with the input that it
 * delivers.
 */
export type TimeOperation =
  | { kind: 'plan'; generation: number; plans: readonly SchedulePlan[] }
  | DecideOperation
  | { kind: 'pause'; schedule: string; paused: boolean; at: number }
  | AddReminderOperation
  | { kind: 'remove_reminder'; id: string; session: string | null }
  | FireReminderOperation;

export interface DecideOperation {
  kind: 'decide';
  schedule: string;
  generation: number | null;
  at: number;
  until: number | null;
  fire: { at: number | null; deliver: DeliverOperation } | null;
  missed: MissedSlots | null;
}

export interface AddReminderOperation {
  kind: 'add_reminder';
  reminder: Reminder;
  limit: number;
  session: string;
}

export interface FireReminderOperation {
  kind: 'fire_reminder';
  id: string;
  generation: number;
  deliver: DeliverOperation;
}

export interface TimeStatements extends InboxStatements, OwnershipStatements {
  time: ReturnType<typeof prepareTimeWriter>;
}

export function prepareTimeWriter(db: DatabaseSync) {
  return {
    plan: db.prepare(
      `INSERT INTO schedules (name, plan, decided) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET plan = excluded.plan, decided = excluded.decided`,
    ),
    pause: db.prepare(
      `INSERT INTO schedules (name, paused, decided) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET paused = excluded.paused, decided = excluded.decided
       WHERE paused <> excluded.paused`,
    ),
    isPaused: db.prepare('SELECT 1 FROM schedules WHERE name = ? AND paused = 1'),
    decided: db.prepare('UPDATE schedules SET decided = ? WHERE name = ?'),
    fired: db.prepare(
      `INSERT INTO schedules (name, last_slot, last_at, last_fired_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET last_slot = excluded.last_slot, last_at = excluded.last_at,
         last_fired_at = excluded.last_fired_at`,
    ),
    findSlot: db.prepare('SELECT seq FROM slots WHERE slot = ?'),
    addSlot: db.prepare('INSERT INTO slots (slot, seq, fired_at) VALUES (?, ?, ?)'),
    addMissed: db.prepare('INSERT INTO missed (schedule, first, last, count, at) VALUES (?, ?, ?, ?, ?)'),
    forgetMissed: db.prepare(
      `DELETE FROM missed WHERE schedule = ?1 AND number <= (
         SELECT number FROM missed WHERE schedule = ?1 ORDER BY number DESC LIMIT 1 OFFSET ${MISSED_KEPT})`,
    ),
    findReminder: db.prepare('SELECT due FROM timers WHERE id = ?'),
    countReminders: db.prepare('SELECT count(*) AS n FROM timers WHERE session = ?'),
    addReminder: db.prepare('INSERT INTO timers (id, session, text, due, created_at) VALUES (?, ?, ?, ?, ?)'),
    removeReminder: db.prepare('DELETE FROM timers WHERE id = ? AND session = coalesce(?, session)'),
  };
}

/**
 * Performs one operation about schedules or reminders inside the open transaction. Checks before it writes,
 * like every operation.
 */
export function executeTime(sql: TimeStatements, operation: TimeOperation): WriteResult {
  switch (operation.kind) {
    case 'plan':
      if (!isServing(sql, operation.generation)) return notServing(operation.generation);
      for (const { schedule, plan, decided } of operation.plans) sql.time.plan.run(schedule, plan, decided);
      return writeDone();
    case 'decide':
      return executeDecide(sql, operation);
    case 'pause':
      sql.time.pause.run(operation.schedule, operation.paused ? 1 : 0, operation.at);
      return writeDone();
    case 'add_reminder':
      return insertReminder(sql, operation);
    case 'remove_reminder':
      return writeDone(Number(sql.time.removeReminder.run(operation.id, operation.session).changes));
    case 'fire_reminder':
      return markReminderFired(sql, operation);
  }
}

function executeDecide(sql: TimeStatements, operation: DecideOperation): WriteResult {
  const { schedule, generation, at, until, missed } = operation;
  if (generation !== null && !isServing(sql, generation)) return notServing(generation);
  if (generation !== null && sql.time.isPaused.get(schedule)) return nothingWritten();
  if (missed) {
    sql.time.addMissed.run(schedule, missed.first, missed.last, missed.count, at);
    sql.time.forgetMissed.run(schedule);
  }
  if (until !== null) sql.time.decided.run(until, schedule);
  return fireSlot(sql, operation);
}

function fireSlot(sql: TimeStatements, { schedule, at, fire }: DecideOperation): WriteResult {
  if (!fire) return nothingWritten();
  const slot = fire.deliver.input;
  const fired = sql.time.findSlot.get(slot);
  if (fired) return nothingWritten(requireInteger(fired['seq']));
  const answer = executeDeliver(sql, fire.deliver);
  if (!answer.done) return answer;
  sql.time.addSlot.run(slot, answer.value, at);
  sql.time.fired.run(schedule, slot, fire.at, at);
  return answer;
}

/** Stores a reminder. A reminder that has fired is not stored again, because its input is known. */
function insertReminder(sql: TimeStatements, { reminder, limit }: AddReminderOperation): WriteResult {
  const { id, session: name, text, due, createdAt } = reminder;
  const session = findStoredSession(sql, name);
  if (!session) return { done: false, refused: 'missing', session: name };
  const known = sql.time.findReminder.get(id);
  if (known) return nothingWritten(requireInteger(known['due']));
  if (sql.inbox.find.get(session.id, reminderInputId(id))) return nothingWritten(due);
  if (requireInteger(sql.time.countReminders.get(name)?.['n']) >= limit)
    return { done: false, refused: 'full', session: name };
  sql.time.addReminder.run(id, name, text, due, createdAt);
  return writeDone(due);
}

function markReminderFired(sql: TimeStatements, operation: FireReminderOperation): WriteResult {
  const { id, generation, deliver: delivery } = operation;
  if (!isServing(sql, generation)) return notServing(generation);
  const { changes } = sql.time.removeReminder.run(id, delivery.session);
  return changes === 0 ? nothingWritten(-1) : executeDeliver(sql, delivery);
}

function notServing(generation: number): WriteRefused {
  return { done: false, refused: 'not_serving', generation };
}
