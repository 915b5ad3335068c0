import { z } from 'zod';
import { labelField, pageLimit, time } from './fields.ts';

import { sessionId } from './ids/session-id.ts';

const slots = z.object({
  first: time,
  last: time,
  count: z
    .int()
    .meta({ description: 'Number of slots; slots of a cron expression are counted up to 1,000.' }),
  at: time.meta({ description: 'Time at which the missed slots were noticed.' }),
});

export const schedule = z
  .object({
    name: z.string(),
    cron: z.string().optional(),
    timezone: z.string().optional(),
    every: z.int().optional().meta({ description: 'Milliseconds.' }),
    session: sessionId,
    agent: z.string(),
    enabled: z.boolean().meta({ description: 'Whether the configuration enables the schedule.' }),
    paused: z.boolean(),
    next: time.nullable().meta({ description: 'Next slot; null when the schedule is paused or disabled.' }),
    last: z
      .object({
        slot: z.string().meta({ description: 'Id of the slot and of its message.' }),
        at: time.nullable().meta({ description: 'Time of the slot; null for a run on request.' }),
        firedAt: time,
      })
      .nullable(),
    missed: z.array(slots).meta({ description: 'The most recent slots that did not run, latest first.' }),
  })
  .meta({ id: 'Schedule' });

export const scheduleList = z.object({ schedules: z.array(schedule) }).meta({ id: 'ScheduleList' });

export const scheduleRun = z
  .strictObject({
    id: labelField(128)
      .optional()
      .meta({ description: 'Deduplicates retries: a second request with the same id runs nothing.' }),
  })
  .meta({ id: 'ScheduleRun' });

export const reminder = z
  .object({ id: z.string(), session: sessionId, text: z.string(), due: time, createdAt: time })
  .meta({ id: 'Reminder' });

export const reminderPage = z
  .object({ reminders: z.array(reminder), next: z.string().optional() })
  .meta({ id: 'ReminderPage' });

export const reminderQuery = z.strictObject({
  limit: pageLimit,
  session: sessionId.optional(),
  after: z
    .string()
    .max(256)
    .regex(/^-?\d{1,16}:.+$/, 'is not a place in this list')
    .optional()
    .meta({ description: '`next` of the previous page.' }),
});

export type ScheduleBody = z.infer<typeof schedule>;
export type ScheduleListBody = z.infer<typeof scheduleList>;
export type ReminderBody = z.infer<typeof reminder>;
export type ReminderPage = z.infer<typeof reminderPage>;
