import { reminderInput } from '../../time.ts';
import { integer } from '../store/values.ts';
import { deliver, done, find, nothing } from './deliver.ts';
import type { Answer, Refused } from './operation.ts';
import type { WriterStatements } from './statements.ts';
import type {
  AddReminderOperation,
  DecideOperation,
  FireReminderOperation,
  TimeOperation,
} from './time-operation.ts';

const FENCED: Refused = { done: false, refused: 'fenced', owner: null };

/**
 * Performs one operation about schedules or reminders inside the open transaction. Checks before it writes,
 * like every operation.
 */
export function executeTime(sql: WriterStatements, operation: TimeOperation): Answer {
  switch (operation.kind) {
    case 'plan':
      if (!mayDecide(sql, operation.generation)) return FENCED;
      for (const { schedule, plan, decided } of operation.plans) sql.time.plan.run(schedule, plan, decided);
      return done(0);
    case 'decide':
      return decide(sql, operation);
    case 'pause':
      sql.time.pause.run(operation.schedule, operation.paused ? 1 : 0, operation.at);
      return done(0);
    case 'add_reminder':
      return addReminder(sql, operation);
    case 'remove_reminder':
      return done(Number(sql.time.removeReminder.run(operation.id, operation.session).changes));
    case 'fire_reminder':
      return fireReminder(sql, operation);
  }
}

function decide(sql: WriterStatements, operation: DecideOperation): Answer {
  const { schedule, generation, at, until, missed } = operation;
  if (generation !== null && !mayDecide(sql, generation)) return FENCED;
  if (generation !== null && sql.time.isPaused.get(schedule)) return nothing();
  if (missed) {
    sql.time.addMissed.run(schedule, missed.first, missed.last, missed.count, at);
    sql.time.forgetMissed.run(schedule);
  }
  if (until !== null) sql.time.decided.run(until, schedule);
  return fire(sql, operation);
}

function fire(sql: WriterStatements, { schedule, at, fire }: DecideOperation): Answer {
  if (!fire) return nothing();
  const slot = fire.deliver.input;
  const fired = sql.time.findSlot.get(slot);
  if (fired) return nothing(integer(fired['seq']));
  const answer = deliver(sql, fire.deliver);
  if (!answer.done) return answer;
  sql.time.addSlot.run(slot, answer.value, at);
  sql.time.fired.run(schedule, slot, fire.at, at);
  return answer;
}

/** Stores a reminder. A reminder that has fired is not stored again, because its input is known. */
function addReminder(sql: WriterStatements, { reminder, limit }: AddReminderOperation): Answer {
  const { id, session: name, text, due, createdAt } = reminder;
  const session = find(sql, name);
  if (!session) return { done: false, refused: 'missing' };
  const known = sql.time.findReminder.get(id);
  if (known) return nothing(integer(known['due']));
  if (sql.findInput.get(session.id, reminderInput(id))) return nothing(due);
  if (integer(sql.time.countReminders.get(name)?.['n']) >= limit) return { done: false, refused: 'full' };
  sql.time.addReminder.run(id, name, text, due, createdAt);
  return done(due);
}

function fireReminder(sql: WriterStatements, operation: FireReminderOperation): Answer {
  const { id, generation, deliver: delivery } = operation;
  if (!mayDecide(sql, generation)) return FENCED;
  const { changes } = sql.time.removeReminder.run(id, delivery.session);
  return changes === 0 ? nothing(-1) : deliver(sql, delivery);
}

function mayDecide(sql: WriterStatements, generation: number): boolean {
  return sql.mayClaim.get(generation) !== undefined;
}
