import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { MissedRow, Reminder, ReminderQuery, ScheduleRow } from '../../time.ts';
import { requireInteger, requireIntegerOrNull, requireText, requireTextOrNull } from '../store/values.ts';

type Row = Record<string, SQLOutputValue>;

/** Answers reads about schedules and reminders on the main thread, on the connection of the journal's other reads. */
export class TimeReader {
  readonly #sql: ReturnType<typeof prepareTimeReader>;

  constructor(db: DatabaseSync) {
    this.#sql = prepareTimeReader(db);
  }

  listSchedules(): ScheduleRow[] {
    return this.#sql.schedules.all().map(toScheduleRow);
  }

  listMissed(): MissedRow[] {
    return this.#sql.missed.all().map((row) => ({
      schedule: requireText(row['schedule']),
      first: requireInteger(row['first']),
      last: requireInteger(row['last']),
      count: requireInteger(row['count']),
      at: requireInteger(row['at']),
    }));
  }

  listReminders({ session, until, after, limit }: ReminderQuery): Reminder[] {
    const bounds = {
      until: until ?? Number.MAX_SAFE_INTEGER,
      due: after?.due ?? Number.MIN_SAFE_INTEGER,
      id: after?.id ?? '',
      limit,
    };
    if (session === undefined) return this.#sql.reminders.all(bounds).map(toReminder);
    return this.#sql.remindersOfSession.all({ ...bounds, session }).map(toReminder);
  }

  findReminder(id: string): Reminder | undefined {
    const row = this.#sql.reminder.get(id);
    return row && toReminder(row);
  }
}

function prepareTimeReader(db: DatabaseSync) {
  return {
    schedules: db.prepare('SELECT * FROM schedules ORDER BY name'),
    missed: db.prepare('SELECT schedule, first, last, count, at FROM missed ORDER BY number DESC'),
    reminder: db.prepare('SELECT * FROM timers WHERE id = ?'),
    reminders: db.prepare(`SELECT * FROM timers WHERE ${IN_BOUNDS} ORDER BY due, id LIMIT $limit`),
    remindersOfSession: db.prepare(
      `SELECT * FROM timers WHERE session = $session AND ${IN_BOUNDS} ORDER BY due, id LIMIT $limit`,
    ),
  };
}

const IN_BOUNDS = '(due, id) > ($due, $id) AND due <= $until';

function toScheduleRow(row: Row): ScheduleRow {
  const slot = requireTextOrNull(row['last_slot'] ?? null);
  return {
    schedule: requireText(row['name']),
    plan: requireText(row['plan']),
    paused: requireInteger(row['paused']) === 1,
    decided: requireInteger(row['decided']),
    last:
      slot === null
        ? null
        : {
            slot,
            at: requireIntegerOrNull(row['last_at'] ?? null),
            firedAt: requireIntegerOrNull(row['last_fired_at'] ?? null) ?? 0,
          },
  };
}

function toReminder(row: Row): Reminder {
  return {
    id: requireText(row['id']),
    session: requireText(row['session']),
    text: requireText(row['text']),
    due: requireInteger(row['due']),
    createdAt: requireInteger(row['created_at']),
  };
}
