/** Port to the storage of reminders. Times are in milliseconds since the epoch. */
export interface ReminderPort {
  now(): number;
  /**
   * Stores a reminder durably before it resolves. Adding the same id again changes nothing and resolves with
   * what is stored. Rejects with an error whose message is for the model.
   */
  add(reminder: { id: string; session: string; text: string; due: number }): Promise<{ due: number }>;
  /** Lists the reminders of a session in the order in which they are due. */
  list(session: string): Promise<{ id: string; text: string; due: number }[]>;
  /** Removes a reminder of this session; resolves with false when there was none. */
  cancel(id: string, session: string): Promise<boolean>;
}
