import { ExitCode, MidturnError } from './errors.ts';

export class ScheduleNotFoundError extends MidturnError {
  readonly code = 'schedule_not_found';
  readonly status = 404;
  constructor(name: string, known: readonly string[]) {
    const names = known.length === 0 ? 'There are none in the configuration.' : `Known: ${known.join(', ')}.`;
    super(`There is no schedule "${name}". ${names}`);
  }
}

export class ReminderNotFoundError extends MidturnError {
  readonly code = 'reminder_not_found';
  readonly status = 404;
  constructor(id: string) {
    super(`There is no reminder "${id}"; it may have fired already. \`midturn reminders ls\` lists them.`);
  }
}

export class TooManyRemindersError extends MidturnError {
  readonly code = 'too_many_reminders';
  readonly status = 409;
  override readonly exitCode = ExitCode.conflict;
  constructor(session: string) {
    super(`Session "${session}" has as many reminders as a session may have; cancel one first.`);
  }
}

/** What happens at a time is decided by the generation that serves. */
export class NotServingError extends MidturnError {
  readonly code = 'not_serving';
  readonly status = 409;
  constructor(generation: number) {
    super(`Generation ${generation} has ended or leaves; schedules and reminders are another one's now.`);
  }
}
