import { z } from 'zod';
import { label, pageLimit, time } from './fields.ts';

import { sessionId } from './ids/session-id.ts';

const slots = z.object({
  first: time,
  last: time,
  count: z.int().meta({ description: 'Those of a cron expression are counted up to 1,000.' }),
  at: time.meta({ description: 'When it was noticed.' }),
});

export const schedule = z
  .object({
    name: z.string(),
    cron: z.string().optional(),
    timezone: z.string().optional(),
    every: z.int().optional().meta({ description: 'Milliseconds.' }),
    session: sessionId,
    agent: z.string(),
    enabled: z.boolean().meta({ description: 'As the configuration says.' }),
    paused: z.boolean(),
    next: time.nullable().meta({ description: 'The next slot; null when it is paused or not enabled.' }),
    last: z
      .object({
        slot: z.string().meta({ description: 'Id of the slot, and of the message that it became.' }),
        at: time.nullable().meta({ description: 'Moment of the slot; null when somebody asked for it.' }),
        firedAt: time,
      })
      .nullable(),
    missed: z.array(slots).meta({ description: 'Slots that did not run, the latest first; the last few.' }),
  })
  .meta({ id: 'Schedule' });

export const scheduleList = z.object({ schedules: z.array(schedule) }).meta({ id: 'ScheduleList' });

export const scheduleRun = z
  .strictObject({
    id: label(128).optional().meta({ description: 'Deduplicates retries: the same one again runs nothing.' }),
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
    .meta({ description: '`next` of the page before.' }),
});

export type ScheduleBody = z.infer<typeof schedule>;
export type ScheduleListBody = z.infer<typeof scheduleList>;
export type ReminderBody = z.infer<typeof reminder>;
export type ReminderPage = z.infer<typeof reminderPage>;
