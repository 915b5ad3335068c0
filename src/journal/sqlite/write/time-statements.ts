import type { DatabaseSync } from 'node:sqlite';
import { MISSED_KEPT } from '../../time.ts';

/** Prepares the writer thread's SQL statements about schedules and reminders. */
export function prepareTimeStatements(db: DatabaseSync) {
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
