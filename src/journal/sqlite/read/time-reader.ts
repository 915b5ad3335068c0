import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { MissedRow, Reminder, ReminderQuery, ScheduleRow } from '../../time.ts';
import { integer, integerOrNull, text, textOrNull } from '../store/values.ts';

type Row = Record<string, SQLOutputValue>;

/** Answers reads about schedules and reminders on the main thread, on the connection of the journal's other reads. */
export class TimeReader {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db);
  }

  schedules(): ScheduleRow[] {
    return this.#sql.schedules.all().map(toScheduleRow);
  }

  missed(): MissedRow[] {
    return this.#sql.missed.all().map((row) => ({
      schedule: text(row['schedule']),
      first: integer(row['first']),
      last: integer(row['last']),
      count: integer(row['count']),
      at: integer(row['at']),
    }));
  }

  reminders({ session, until, after, limit }: ReminderQuery): Reminder[] {
    const bounds = {
      until: until ?? Number.MAX_SAFE_INTEGER,
      due: after?.due ?? Number.MIN_SAFE_INTEGER,
      id: after?.id ?? '',
      limit,
    };
    if (session === undefined) return this.#sql.reminders.all(bounds).map(toReminder);
    return this.#sql.remindersOfSession.all({ ...bounds, session }).map(toReminder);
  }

  reminder(id: string): Reminder | undefined {
    const row = this.#sql.reminder.get(id);
    return row && toReminder(row);
  }
}

function prepare(db: DatabaseSync) {
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
  const slot = textOrNull(row['last_slot'] ?? null);
  return {
    schedule: text(row['name']),
    plan: text(row['plan']),
    paused: integer(row['paused']) === 1,
    decided: integer(row['decided']),
    last:
      slot === null
        ? null
        : {
            slot,
            at: integerOrNull(row['last_at'] ?? null),
            firedAt: integerOrNull(row['last_fired_at'] ?? null) ?? 0,
          },
  };
}

function toReminder(row: Row): Reminder {
  return {
    id: text(row['id']),
    session: text(row['session']),
    text: text(row['text']),
    due: integer(row['due']),
    createdAt: integer(row['created_at']),
  };
}
