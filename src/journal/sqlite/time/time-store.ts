import type { DatabaseSync } from 'node:sqlite';
import type { MissedRow, Reminder, ReminderQuery, ScheduleRow, TimeStore } from '../../time.ts';
import { toDeliverOperation, toReceipt } from '../roles/inbox.ts';
import type { Write } from '../roles/result.ts';
import {
  requireInteger,
  requireIntegerOrNull,
  requireText,
  requireTextOrNull,
  type StoreRow,
} from '../store/values.ts';
import type { TimeOperation } from './writer.ts';

/** Schedules and reminders on SQLite: reads on the main thread, and writes through the writer thread. */
export function createTimeStore(write: Write<TimeOperation>, db: DatabaseSync): TimeStore {
  const sql = prepareTimeReader(db);
  return {
    ...createScheduleWriter(write),
    ...createReminderWriter(write),
    listSchedules: async () => sql.schedules.all().map(toScheduleRow),
    listMissed: async () => sql.missed.all().map(toMissedRow),
    listReminders: async (query) => selectReminders(sql, query).map(toReminder),
    async findReminder(id) {
      const row = sql.reminder.get(id);
      return row && toReminder(row);
    },
  };
}

function createScheduleWriter(
  write: Write<TimeOperation>,
): Pick<TimeStore, 'savePlans' | 'decideSlots' | 'setPaused'> {
  return {
    async savePlans(generation, plans) {
      await write({ kind: 'plan', generation, plans });
    },
    async decideSlots({ fire, ...decision }) {
      const slot = fire && { at: fire.at, deliver: toDeliverOperation(fire.delivery) };
      const answer = await write({ kind: 'decide', ...decision, fire: slot });
      return fire && toReceipt(fire.delivery, answer);
    },
    async setPaused(schedule, paused, at) {
      await write({ kind: 'pause', schedule, paused, at });
    },
  };
}

function createReminderWriter(
  write: Write<TimeOperation>,
): Pick<TimeStore, 'addReminder' | 'removeReminder' | 'fireReminder'> {
  return {
    async addReminder(reminder, limit) {
      const { session } = reminder;
      const { value } = await write({ kind: 'add_reminder', reminder, limit, session });
      return { ...reminder, due: value };
    },
    async removeReminder(id, session) {
      return (await write({ kind: 'remove_reminder', id, session: session ?? null })).value > 0;
    },
    async fireReminder(id, generation, delivery) {
      const deliver = toDeliverOperation(delivery);
      const answer = await write({ kind: 'fire_reminder', id, generation, deliver });
      return answer.value < 0 ? null : toReceipt(delivery, answer);
    },
  };
}

function selectReminders(
  sql: ReturnType<typeof prepareTimeReader>,
  { session, until, after, limit }: ReminderQuery,
): StoreRow[] {
  const bounds = {
    until: until ?? Number.MAX_SAFE_INTEGER,
    due: after?.due ?? Number.MIN_SAFE_INTEGER,
    id: after?.id ?? '',
    limit,
  };
  return session === undefined
    ? sql.reminders.all(bounds)
    : sql.remindersOfSession.all({ ...bounds, session });
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

function toMissedRow(row: StoreRow): MissedRow {
  return {
    schedule: requireText(row['schedule']),
    first: requireInteger(row['first']),
    last: requireInteger(row['last']),
    count: requireInteger(row['count']),
    at: requireInteger(row['at']),
  };
}

function toScheduleRow(row: StoreRow): ScheduleRow {
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

function toReminder(row: StoreRow): Reminder {
  return {
    id: requireText(row['id']),
    session: requireText(row['session']),
    text: requireText(row['text']),
    due: requireInteger(row['due']),
    createdAt: requireInteger(row['created_at']),
  };
}
