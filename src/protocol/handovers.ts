import { z } from 'zod';
import { time } from './fields.ts';

const sessionReport = z.object({
  session: z.string(),
  state: z.enum(['running', 'parked', 'moved', 'cut']).meta({
    description:
      '`running`: the leaving generation still has the session; `cut`: its running steps were ended by force.',
  }),
  holding: z.array(z.string()).meta({
    description: 'Steps that are or were in flight; for a parked session, what it waits for.',
  }),
  after: z.int().nullable().meta({
    description: 'Milliseconds from the start of the drain until the session moved; null until then.',
  }),
  resumedAfter: z.int().nullable().meta({
    description: 'Milliseconds from the start of the drain until the next generation continued the session.',
  }),
});

/**
 * Schema of a handover report: how one generation replaced another, and what happened to every active
 * session.
 */
export const handoverReport = z
  .object({
    id: z.string(),
    cause: z.enum(['start', 'config', 'restart', 'upgrade', 'signal', 'crash', 'stop']),
    reason: z.string(),
    phase: z.enum(['wanted', 'booting', 'ready', 'serving', 'draining', 'done', 'failed']),
    phases: z.array(z.object({ phase: z.string(), at: time })),
    from: z.int().nullable().meta({ description: 'Generation that leaves.' }),
    to: z.int().nullable().meta({ description: 'Generation that takes over.' }),
    revision: z.object({ from: z.int().nullable(), to: z.int() }),
    keys: z.array(z.string()).meta({ description: 'Changed configuration keys.' }),
    failure: z
      .string()
      .nullable()
      .meta({ description: 'Why the handover failed; the old generation continues.' }),
    sessions: z.array(sessionReport),
  })
  .meta({ id: 'Handover' });

export const handoverQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).default(20).meta({ description: 'Entries on this page.' }),
  after: z.string().max(20).optional().meta({ description: '`next` of the previous page.' }),
});

export const handoverListPage = z
  .object({
    handovers: z.array(handoverReport).meta({ description: 'Newest first.' }),
    next: z.string().optional(),
  })
  .meta({ id: 'HandoverPage' });

export type HandoverBody = z.infer<typeof handoverReport>;
export type HandoverPage = z.infer<typeof handoverListPage>;
