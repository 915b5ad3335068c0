import { createInternalId } from '../core/model/internal-id.ts';
import type { InputDelivery, InputReceipt } from './inbox.ts';

/**
 * Port to what is stored about schedules and reminders: which slots of a schedule have fired, and which
 * reminders are set. A slot or a reminder and the input that it delivers commit in one transaction, so that
 * after a crash both exist or neither does. Only a generation that is open and not leaving may decide; any
 * other gets NotServingError.
 */
export interface TimeStore {
  /** Lists every schedule that was ever planned, paused or fired, ordered by name. */
  listSchedules(): Promise<ScheduleRow[]>;
  /** Lists recently missed slots, latest first. Only the last few entries of each schedule are kept. */
  listMissed(): Promise<MissedRow[]>;
  /** Stores the plan of each schedule and the time up to which all its slots are decided. One transaction. */
  savePlans(generation: number, plans: readonly SchedulePlan[]): Promise<void>;
  /**
   * Decides slots of one schedule. Resolves with the receipt of the slot that was to fire, or with `null` when
   * none was to fire. The receipt is a duplicate, and nothing is delivered, when the slot has fired before or
   * the schedule is paused.
   */
  decideSlots(decision: ScheduleDecision): Promise<InputReceipt | null>;
  /** Pauses a schedule, or resumes it with the slots after `at`. Needs no generation, like an input. */
  setPaused(schedule: string, paused: boolean, at: number): Promise<void>;

  /**
   * Stores a reminder and resolves with the stored one. Idempotent by its id, even after the reminder has
   * fired. Rejects with TooManyRemindersError when its session already has `limit` reminders, and with
   * SessionNotFoundError.
   */
  addReminder(reminder: Reminder, limit: number): Promise<Reminder>;
  /**
   * Removes a reminder, only from this session if one is given. Resolves with false when there is no such
   * reminder.
   */
  removeReminder(id: string, session?: string): Promise<boolean>;
  /** Removes a reminder and delivers its input; resolves with `null` when the reminder no longer exists. */
  fireReminder(id: string, generation: number, delivery: InputDelivery): Promise<InputReceipt | null>;
  /** Lists reminders in the order in which they are due. */
  listReminders(query: ReminderQuery): Promise<Reminder[]>;
  findReminder(id: string): Promise<Reminder | undefined>;
}

/** When a schedule runs, and how far its slots are decided. All times are in milliseconds since the epoch. */
export interface SchedulePlan {
  schedule: string;
  /** Text that changes exactly when the timing of the schedule changes; empty for a schedule that no longer runs. */
  plan: string;
  /** Every slot up to this moment is decided: it has fired, was missed, or was skipped. */
  decided: number;
}

export interface ScheduleRow extends SchedulePlan {
  paused: boolean;
  /** The slot that fired last; `at` is null when an operator or a client requested the run. */
  last: { slot: string; at: number | null; firedAt: number } | null;
}

/** Decision of a generation about the slots of one schedule, stored in one transaction. */
export interface ScheduleDecision {
  schedule: string;
  /**
   * The deciding generation; `null` for a run that a client requested, which fires in any process and even
   * while paused.
   */
  generation: number | null;
  /** When the decision is made, in milliseconds since the epoch. */
  at: number;
  /** Every slot up to this moment is now decided; `null` leaves the stored moment as it is. */
  until: number | null;
  /**
   * The slot that fires, if any. The id of its input is the slot's id, so it fires once for the lifetime of the
   * store.
   */
  fire: { at: number | null; delivery: InputDelivery } | null;
  missed: MissedSlots | null;
}

/** Slots that did not run: the times of the first and the last of them, and their number. */
export interface MissedSlots {
  first: number;
  last: number;
  count: number;
}

export interface MissedRow extends MissedSlots {
  schedule: string;
  /** When the scheduler noticed it, in milliseconds since the epoch. */
  at: number;
}

export interface Reminder {
  id: string;
  session: string;
  text: string;
  due: number;
  createdAt: number;
}

export interface ReminderQuery {
  session?: string;
  /** Lists only reminders that are due at this moment or earlier; milliseconds since the epoch. */
  until?: number;
  /** Starts after this reminder, the last one of the page before. */
  after?: { due: number; id: string };
  limit: number;
}

/**
 * Returns the id of the input that a reminder delivers. It depends on the reminder's id only, so a reminder
 * fires once.
 */
export function reminderInputId(id: string): string {
  return createInternalId(`reminder:${id}`);
}

/** Number of entries about missed slots that the store keeps for each schedule. */
export const MISSED_KEPT = 20;
