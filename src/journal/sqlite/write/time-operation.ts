import type { MissedSlots, Reminder, SchedulePlan } from '../../time.ts';
import type { DeliverOperation } from './delivery.ts';

/**
 * Messages to the writer thread about schedules and reminders; each is one transaction with the input that it
 * delivers.
 */
export type TimeOperation =
  | { kind: 'plan'; generation: number; plans: readonly SchedulePlan[] }
  | DecideOperation
  | { kind: 'pause'; schedule: string; paused: boolean; at: number }
  | AddReminderOperation
  | { kind: 'remove_reminder'; id: string; session: string | null }
  | FireReminderOperation;

export interface DecideOperation {
  kind: 'decide';
  schedule: string;
  generation: number | null;
  at: number;
  until: number | null;
  fire: { at: number | null; deliver: DeliverOperation } | null;
  missed: MissedSlots | null;
}

export interface AddReminderOperation {
  kind: 'add_reminder';
  reminder: Reminder;
  limit: number;
  session: string;
}

export interface FireReminderOperation {
  kind: 'fire_reminder';
  id: string;
  generation: number;
  deliver: DeliverOperation;
}
