import { internalId } from '../core/model/internal-id.ts';
import type { Delivery, Receipt } from './delivery.ts';

/**
 * What is stored about things that happen at a time: which slots of which schedules have fired, and reminders. A slot
 * or a reminder and the input that it means are one transaction, so that after a crash anywhere both are there or
 * neither. Only a generation that is open and not leaving decides; any other gets
 * NotServingError.
 */
export interface TimeStore {
  /** Every schedule that was ever told of, by name. */
  schedules(): Promise<ScheduleRow[]>;
  /** What was missed lately, the latest first; the last few entries of each schedule are kept. */
  missed(): Promise<MissedRow[]>;
  /** Tells what schedules are and up to when all their slots are decided. One transaction. */
  plan(generation: number, plans: readonly Plan[]): Promise<void>;
  /**
   * Decides slots of one schedule. Resolves with the receipt of the slot that was to fire: a duplicate when it had
   * fired before or the schedule is paused, and then nothing is delivered; `null` when none was to fire.
   */
  decide(decision: Decision): Promise<Receipt | null>;
  /** Pauses a schedule, or lets it go on with the slots after `at`. Needs no generation, as an input does not. */
  pause(schedule: string, paused: boolean, at: number): Promise<void>;

  /**
   * Stores a reminder. Idempotent by its id, even after it has fired; resolves with the one that is stored. Rejects
   * with TooManyRemindersError when its session has `limit` of them, and with SessionNotFoundError.
   */
  addReminder(reminder: Reminder, limit: number): Promise<Reminder>;
  /** Whether there was such a reminder, in this session if one is named. */
  removeReminder(id: string, session?: string): Promise<boolean>;
  /** Removes a reminder and delivers its input; `null` when it is not there any more. */
  fireReminder(id: string, generation: number, delivery: Delivery): Promise<Receipt | null>;
  /** In the order in which they are due. */
  reminders(query: ReminderQuery): Promise<Reminder[]>;
  reminder(id: string): Promise<Reminder | undefined>;
}

export interface Plan {
  schedule: string;
  /** When it runs, in words that change exactly when that does; empty for one that is not to run any more. */
  plan: string;
  /** Every slot up to this moment is decided. All times are in milliseconds since the epoch. */
  decided: number;
}

export interface ScheduleRow extends Plan {
  paused: boolean;
  /** The slot that fired last; it has no moment of its own when somebody asked for it. */
  last: { slot: string; at: number | null; firedAt: number } | null;
}

export interface Decision {
  schedule: string;
  /** `null` for a slot that somebody asked for: it fires whoever takes the request, and paused or not. */
  generation: number | null;
  /** When it is decided. */
  at: number;
  /** Every slot up to this moment is decided now; `null` leaves that as it is. */
  until: number | null;
  /** The input's id is the slot's: it fires once for the life of the store. */
  fire: { at: number | null; delivery: Delivery } | null;
  missed: MissedSlots | null;
}

/** Slots that did not run: how many, the first and the last. */
export interface MissedSlots {
  first: number;
  last: number;
  count: number;
}

export interface MissedRow extends MissedSlots {
  schedule: string;
  /** When it was noticed. */
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
  /** Only those due up to here. */
  until?: number;
  /** Start after this one. */
  after?: { due: number; id: string };
  limit: number;
}

/** Id of the input that a reminder becomes. */
export function reminderInput(id: string): string {
  return internalId(`reminder:${id}`);
}

/** Entries about missed slots that are kept of each schedule. */
export const MISSED_KEPT = 20;
