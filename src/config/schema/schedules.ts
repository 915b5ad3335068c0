import { z } from 'zod';
import { findCronFault, isTimezone } from '../../util/cron.ts';
import { findSessionIdFault } from '../../util/session-id.ts';
import { findMessageFault } from '../../util/text.ts';
import { defineGroup, defineKey, durationField, nameField, optionalDurationField } from '../fields/fields.ts';

/** Whether a missed slot still runs: always, never, or when it is at most `maxLate` milliseconds late. */
export type MissedSlotRule = 'run' | 'skip' | { maxLate: number };

const cron = z.string().superRefine((text, ctx) => {
  const fault = findCronFault(text);
  if (fault) ctx.addIssue({ code: 'custom', message: `is not a cron expression: ${fault}` });
});

const timezone = z
  .string()
  .refine(isTimezone, 'there is no such time zone; names look like "Europe/Berlin" or "UTC"');

const session = z.string().superRefine((id, ctx) => {
  const fault = findSessionIdFault(id);
  if (fault) ctx.addIssue({ code: 'custom', message: `cannot be the id of a session: ${fault}` });
});

const missed = z
  .union([z.enum(['run', 'skip']), z.strictObject({ maxLate: durationField('1h', '1s', '366d') })])
  .transform((value): MissedSlotRule => value);

const message = z
  .string()
  .min(1, { abort: true })
  .superRefine((text, ctx) => {
    const fault = findMessageFault(text);
    if (fault) ctx.addIssue({ code: 'custom', message: fault });
  });

export const schedulesSection = defineGroup(
  z
    .record(
      nameField,
      z.strictObject({
        cron: defineKey(
          cron.optional().meta({ shape: 'cron expression' }),
          'live',
          'When it runs: minute, hour, day of month, month and day of week, such as `0 9 * * 1-5`; a sixth field in front is seconds. Either this or `every`.',
          { plain: true },
        ),
        timezone: defineKey(
          timezone.optional().meta({ shape: 'time zone' }),
          'live',
          "The time zone of `cron`, such as `Europe/Berlin`; the machine's own when absent.",
          { plain: true },
        ),
        every: defineKey(
          optionalDurationField('366d', '1s'),
          'live',
          'How often it runs, counted from the beginning of 1970 in UTC: `15m` runs at every quarter of an hour.',
        ),
        agent: defineKey(
          z.string().optional(),
          'live',
          'The agent of the session when the schedule creates it; the default agent when absent.',
          { plain: true },
        ),
        session: defineKey(
          session.optional(),
          'live',
          'The session that gets the message; `schedule/<name>` when absent.',
          { plain: true },
        ),
        message: defineKey(message, 'live', 'What the agent is told.', { plain: true }),
        missed: defineKey(
          missed.prefault({ maxLate: '1h' }).meta({ shape: '`run`, `skip` or `{"maxLate": duration}`' }),
          'live',
          'What happens to the latest slot that passed while no daemon was running: it runs late, is skipped, or runs if it is at most `maxLate` late. Earlier ones are always skipped, and all are recorded.',
        ),
        enabled: defineKey(z.boolean().prefault(true), 'live', 'Whether it runs at all.'),
      }),
    )
    .prefault({}),
  'Messages that the daemon sends to sessions by itself, by name.',
);
