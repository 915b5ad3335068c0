import { ExitCode, MidturnError } from './errors.ts';

/** Reports that the configuration has no schedule with this name; the message lists the known names. */
export class ScheduleNotFoundError extends MidturnError {
  readonly code = 'schedule_not_found';
  readonly status = 404;
  constructor(name: string, known: readonly string[]) {
    const names = known.length === 0 ? 'There are none in the configuration.' : `Known: ${known.join(', ')}.`;
    super(`There is no schedule "${name}". ${names}`);
  }
}

/** Reports that no pending reminder has this id; it may have fired or been cancelled already. */
export class ReminderNotFoundError extends MidturnError {
  readonly code = 'reminder_not_found';
  readonly status = 404;
  constructor(id: string) {
    super(`There is no reminder "${id}"; it may have fired already. \`midturn reminders ls\` lists them.`);
  }
}

/** Refuses another reminder because the session already has the maximum number of them; HTTP 409. */
export class TooManyRemindersError extends MidturnError {
  readonly code = 'too_many_reminders';
  readonly status = 409;
  override readonly exitCode = ExitCode.conflict;
  constructor(session: string) {
    super(`Session "${session}" has as many reminders as a session may have; cancel one first.`);
  }
}

/**
 * Refuses work on schedules and reminders in a generation that no longer serves, because another generation does it
 * now.
 */
export class NotServingError extends MidturnError {
  readonly code = 'not_serving';
  readonly status = 409;
  constructor(generation: number) {
    super(
      `Generation ${generation} has ended or is draining; another generation runs schedules and reminders now.`,
    );
  }
}
