/** Where reminders are kept. Times are in milliseconds since the epoch. */
export interface ReminderBook {
  now(): number;
  /** Durable when it resolves. The same id again changes nothing and gives what is stored. Rejects with words for the model. */
  add(reminder: { id: string; session: string; text: string; due: number }): Promise<{ due: number }>;
  /** In the order in which they are due. */
  list(session: string): Promise<{ id: string; text: string; due: number }[]>;
  /** Whether there was such a reminder in this session. */
  cancel(id: string, session: string): Promise<boolean>;
}
