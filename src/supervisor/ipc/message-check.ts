import { z } from 'zod';
import type { ToSupervisor } from './messages.ts';

/**
 * Checks a message of a generation; returns null when it is not a valid one. A generation runs third-party code, so
 * its messages must not be able to break the supervisor.
 */
export function parseSupervisorMessage(said: unknown): ToSupervisor | null {
  const { data, success } = message.safeParse(said);
  return success ? data : null;
}

const count = z.int().min(0);
// Long texts are shortened, not refused: the rest of the message is still needed, and a model may choose a tool
// name of any length.
const text = z.string().transform((said) => said.slice(0, 10_000));
const texts = z.array(text).transform((said) => said.slice(0, 10_000));

const session = z.object({
  session: text,
  state: z.enum(['running', 'parked', 'moved', 'cut']),
  holding: texts,
  after: z.number().nullable(),
  resumedAfter: z.number().nullable(),
});

const message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), generation: count, version: text }),
  z.object({ type: z.literal('serving') }),
  z.object({ type: z.literal('applied'), revision: count }),
  z.object({ type: z.literal('refused'), revision: count, reason: text }),
  z.object({ type: z.literal('left'), sessions: z.array(session) }),
  z.object({ type: z.literal('moved'), session: text, how: z.enum(['boundary', 'cut']), cut: texts }),
  z.object({ type: z.literal('poke'), session: text }),
  z.object({ type: z.literal('resumed'), session: text }),
  z.object({
    type: z.literal('ask'),
    request: count,
    what: z.enum(['restart', 'stop', 'reload']),
    reason: text,
    by: text.optional(),
  }),
]);
