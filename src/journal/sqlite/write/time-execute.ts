import { reminderInputId } from '../../time.ts';
import { requireInteger } from '../store/values.ts';
import { executeDeliver, findStoredSession, nothingWritten, writeDone } from './deliver.ts';
import type { WriteRefused, WriteResult } from './operation.ts';
import type { WriterStatements } from './statements.ts';
import type {
  AddReminderOperation,
  DecideOperation,
  FireReminderOperation,
  TimeOperation,
} from './time-operation.ts';

const FENCED: WriteRefused = { done: false, refused: 'fenced', owner: null };

/**
 * Performs one operation about schedules or reminders inside the open transaction. Checks before it writes,
 * like every operation.
 */
export function executeTime(sql: WriterStatements, operation: TimeOperation): WriteResult {
  switch (operation.kind) {
    case 'plan':
      if (!mayDecide(sql, operation.generation)) return FENCED;
      for (const { schedule, plan, decided } of operation.plans) sql.time.plan.run(schedule, plan, decided);
      return writeDone(0);
    case 'decide':
      return executeDecide(sql, operation);
    case 'pause':
      sql.time.pause.run(operation.schedule, operation.paused ? 1 : 0, operation.at);
      return writeDone(0);
    case 'add_reminder':
      return insertReminder(sql, operation);
    case 'remove_reminder':
      return writeDone(Number(sql.time.removeReminder.run(operation.id, operation.session).changes));
    case 'fire_reminder':
      return markReminderFired(sql, operation);
  }
}

function executeDecide(sql: WriterStatements, operation: DecideOperation): WriteResult {
  const { schedule, generation, at, until, missed } = operation;
  if (generation !== null && !mayDecide(sql, generation)) return FENCED;
  if (generation !== null && sql.time.isPaused.get(schedule)) return nothingWritten();
  if (missed) {
    sql.time.addMissed.run(schedule, missed.first, missed.last, missed.count, at);
    sql.time.forgetMissed.run(schedule);
  }
  if (until !== null) sql.time.decided.run(until, schedule);
  return fireSlot(sql, operation);
}

function fireSlot(sql: WriterStatements, { schedule, at, fire }: DecideOperation): WriteResult {
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
function insertReminder(sql: WriterStatements, { reminder, limit }: AddReminderOperation): WriteResult {
  const { id, session: name, text, due, createdAt } = reminder;
  const session = findStoredSession(sql, name);
  if (!session) return { done: false, refused: 'missing' };
  const known = sql.time.findReminder.get(id);
  if (known) return nothingWritten(requireInteger(known['due']));
  if (sql.findInput.get(session.id, reminderInputId(id))) return nothingWritten(due);
  if (requireInteger(sql.time.countReminders.get(name)?.['n']) >= limit)
    return { done: false, refused: 'full' };
  sql.time.addReminder.run(id, name, text, due, createdAt);
  return writeDone(due);
}

function markReminderFired(sql: WriterStatements, operation: FireReminderOperation): WriteResult {
  const { id, generation, deliver: delivery } = operation;
  if (!mayDecide(sql, generation)) return FENCED;
  const { changes } = sql.time.removeReminder.run(id, delivery.session);
  return changes === 0 ? nothingWritten(-1) : executeDeliver(sql, delivery);
}

function mayDecide(sql: WriterStatements, generation: number): boolean {
  return sql.mayClaim.get(generation) !== undefined;
}
