import { z } from 'zod';
import { time, words } from './fields.ts';

export const status = z
  .object({
    version: z.string(),
    mode: z.enum(['normal', 'degraded', 'rescue']),
    reasons: z.array(z.string()).meta({ description: 'Why the mode is not normal, in words.' }),
    generation: z.object({ number: z.int(), startedAt: time }),
    revision: z.object({ number: z.int(), state: z.string() }),
    sessions: z.object({
      idle: z.int(),
      queued: z.int(),
      running: z.int(),
      waiting: z.int(),
      quarantined: z.int(),
    }),
    handover: z.looseObject({}).nullable().meta({ description: 'The current or last handover.' }),
  })
  .meta({ id: 'Status' });

export type Status = z.infer<typeof status>;

export const wish = z.strictObject({ reason: words(2000).optional() }).meta({ id: 'Wish' });

export const wishAccepted = z
  .object({ requested: z.enum(['restart', 'stop']), reason: z.string() })
  .meta({ id: 'WishAccepted' });

export type WishAccepted = z.infer<typeof wishAccepted>;

export const health = z.object({ ok: z.literal(true) }).meta({ id: 'Health' });
