import { z } from 'zod';
import { approval } from './approvals.ts';
import { contentParts } from './content.ts';
import { labelField, pageLimit, seq, time } from './fields.ts';
import { sessionId } from './ids/session-id.ts';
import { inputId, outcomeName } from './messages.ts';

const sessionStatus = z.enum(['idle', 'queued', 'running', 'waiting', 'quarantined']);

export const sessionRow = z
  .object({
    session: sessionId,
    agent: z.string(),
    owner: z.int().nullable().meta({ description: 'Generation that runs the session.' }),
    seq,
    status: sessionStatus,
    inputs: z.int().meta({ description: 'Number of inputs in the inbox.' }),
    wakeAt: time.nullable().meta({ description: 'Latest time at which a waiting session is checked again.' }),
    createdAt: time,
    updatedAt: time,
    damaged: z.string().nullable().meta({ description: 'Why the journal of the session cannot be read.' }),
  })
  .meta({ id: 'SessionRow' });

export const sessionView = z
  .object({
    ...sessionRow.shape,
    turn: z
      .object({
        number: z.int(),
        startedAt: time,
        inputs: z.array(z.string()),
        steps: z.int(),
        retryAt: time.nullable(),
        used: z
          .object({
            modelCalls: z.int(),
            toolCalls: z.int(),
            tokens: z.int(),
            time: z.number(),
            repeats: z.int(),
          })
          .optional()
          .meta({
            description:
              'What the turn has used of its limits; `time` is work in milliseconds, `repeats` is the number of consecutive tool calls with nothing new.',
          }),
      })
      .nullable(),
    waitsFor: z
      .enum(['retry', 'approval', 'child'])
      .nullable()
      .meta({ description: 'Reason why the turn cannot continue now; null when it can.' }),
    approvals: z.array(approval).meta({
      description: 'Open approvals and elicitations, including those of the sessions that work for this one.',
    }),
    pending: z.array(
      z.object({
        kind: z.literal('message'),
        id: z.string(),
        text: z.string(),
        content: contentParts.optional().meta({ description: 'Texts and files; only with files.' }),
        mode: z.enum(['steer', 'queue']),
        from: z.string().optional(),
        deadline: time.optional(),
      }),
    ),
    last: z.object({ turn: z.int(), outcome: outcomeName, reason: z.string().optional() }).nullable(),
    quarantine: z.object({ reason: z.string(), at: time }).nullable(),
  })
  .meta({ id: 'Session' });

/** Cursor of a listing by last change: time of the last change of the page's last row, and its id. */
const RECENT_CURSOR = /^(\d{1,15}):(.+)$/s;

export const sessionQuery = z
  .strictObject({
    limit: pageLimit,
    order: z
      .enum(['id', 'recent'])
      .default('id')
      .meta({ description: 'By id, or by the last change, newest first.' }),
    after: z.string().max(600).optional().meta({ description: '`next` of the previous page.' }),
    status: sessionStatus.optional(),
    agent: labelField(128).optional(),
    prefix: z.string().max(512).optional().meta({ description: 'Only sessions whose id starts with this.' }),
    since: z.coerce.number().int().min(0).optional().meta({
      type: 'integer',
      description: 'Only sessions that changed at this time or later, in milliseconds since the epoch.',
    }),
  })
  .refine(
    ({ order, after }) =>
      after === undefined ||
      (order === 'id' ? sessionId.safeParse(after).success : RECENT_CURSOR.test(after)),
    { path: ['after'], message: 'is not `next` of a page in this order' },
  );

/** Parses the cursor of a listing by last change; returns `undefined` when the text is not one. */
export function parseRecentCursor(cursor: string): { updatedAt: number; session: string } | undefined {
  const [, updatedAt, session] = RECENT_CURSOR.exec(cursor) ?? [];
  return session === undefined ? undefined : { updatedAt: Number(updatedAt), session };
}

export function formatRecentCursor({ updatedAt, session }: { updatedAt: number; session: string }): string {
  return `${updatedAt}:${session}`;
}

export const sessionPage = z
  .object({ sessions: z.array(sessionRow), next: z.string().optional() })
  .meta({ id: 'SessionPage' });

const sessionEffect = z
  .object({
    seq,
    call: z.string(),
    tool: z.string(),
    effect: z.enum(['idempotent', 'write']).nullable().meta({
      description:
        'Null for a refused call, because the journal does not record what its effect would have been.',
    }),
    input: z.unknown().meta({ description: 'The arguments, without secrets.' }),
    key: z
      .string()
      .nullable()
      .meta({ description: 'Idempotency key that the tool passed on; null when the call never ran.' }),
    attempts: z.int().meta({
      description:
        'Number of starts; for work that continues outside the daemon, every resumption counts too.',
    }),
    startedAt: time.nullable(),
    endedAt: time.nullable(),
    outcome: z.enum(['finished', 'failed', 'unknown', 'refused', 'running', 'asking']).meta({
      description: '`asking`: the call has only asked questions, and is made again once they are answered.',
    }),
    reason: z.string().optional().meta({ description: 'Why the call was refused.' }),
  })
  .meta({ id: 'SessionEffect' });

export const effectPage = z
  .object({ effects: z.array(sessionEffect), next: seq.optional() })
  .meta({ id: 'EffectPage' });

export const releaseRequest = z
  .strictObject({
    id: inputId.optional(),
    from: labelField(256).optional().meta({ description: 'Principal that releases the session.' }),
  })
  .meta({ id: 'ReleaseRequest' });

export type ReleaseBody = z.infer<typeof releaseRequest>;
export type SessionRowBody = z.infer<typeof sessionRow>;
export type SessionPage = z.infer<typeof sessionPage>;
export type EffectPage = z.infer<typeof effectPage>;
export type SessionBody = z.infer<typeof sessionView>;
