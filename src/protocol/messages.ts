import { z } from 'zod';
import { RESERVED_PREFIX } from '../core/model/internal-id.ts';
import { isBlank } from '../core/model/text.ts';
import { filePart, newContent } from './content.ts';
import { labelField, seq, textField, time } from './fields.ts';
import { sessionId } from './ids/session-id.ts';

export const inputId = labelField(256)
  .refine((id) => !id.startsWith(RESERVED_PREFIX), `ids that begin with "${RESERVED_PREFIX}" are reserved`)
  .meta({
    description: `Deduplicates retries: an id that the session already has is not stored again. Ids that begin with \`${RESERVED_PREFIX}\` are reserved.`,
  });

export const newMessage = z
  .strictObject({
    text: textField()
      .min(1, { abort: true })
      .refine((text) => !isBlank(text), 'must contain visible text')
      .optional()
      .meta({ description: 'The message; or send `content`.' }),
    content: newContent
      .optional()
      .meta({ description: 'Texts and files in their order, instead of `text`.' }),
    id: inputId.optional(),
    mode: z.enum(['steer', 'queue']).optional().meta({
      description:
        'Join a running turn at its next step boundary, or wait for a turn of its own. Default `steer`.',
    }),
    from: labelField(256).optional().meta({ description: 'Principal that sends the message.' }),
    deadline: time.min(0).optional().meta({
      description:
        'Latest start, in milliseconds since the epoch; a message that still waits then ends as `expired`.',
    }),
    agent: labelField(128).optional().meta({
      description: 'Agent of a session that this message creates; the default agent when absent.',
    }),
  })
  .refine(({ text, content }) => (text === undefined) !== (content === undefined), {
    path: ['text'],
    message: 'send either text or content',
    // Also reported beside other faults.
    when: ({ value }) => typeof value === 'object' && value !== null,
  })
  .meta({ id: 'NewMessage' });

export const cancelRequest = z
  .strictObject({
    id: inputId.optional(),
    from: labelField(256).optional(),
    reason: textField(2000).optional(),
  })
  .meta({ id: 'CancelRequest' });

export const receipt = z
  .object({
    session: sessionId,
    input: z.string(),
    seq: seq.meta({
      description: 'Position of the session when the input was stored; its effects come after it.',
    }),
    duplicate: z.boolean().meta({ description: 'Whether the input had been stored before.' }),
  })
  .meta({ id: 'Receipt' });

export const outcomeName = z.enum(['answered', 'failed', 'cancelled', 'expired']);

/** Schema of the answer to a client that waits: the receipt and the outcome of the turn. */
export const answer = z
  .object({
    ...receipt.shape,
    outcome: outcomeName,
    text: z.string().meta({ description: "The agent's last answer; empty when there is none." }),
    files: z.array(filePart).optional().meta({ description: 'Files of the last answer.' }),
    reason: z.string().optional(),
  })
  .meta({ id: 'Answer' });

const transcriptMessage = z
  .object({
    seq,
    at: time,
    role: z.enum(['user', 'assistant', 'tool', 'system']),
    text: z.string(),
    files: z.array(filePart).optional().meta({ description: 'Files of the message.' }),
    calls: z
      .array(z.object({ call: z.string(), tool: z.string(), input: z.unknown() }))
      .optional()
      .meta({ description: 'Tool calls of an assistant message.' }),
    call: z.string().optional().meta({ description: 'The call that a tool message answers.' }),
    tool: z.string().optional(),
    outcome: z.enum(['finished', 'refused', 'unknown']).optional(),
    replaces: z.int().optional().meta({
      description: 'On a summary: the number of earlier messages that it replaces for the model.',
    }),
    input: z.string().optional().meta({ description: 'Id of the input that a user message came with.' }),
  })
  .meta({ id: 'TranscriptMessage' });

export const transcriptPage = z
  .object({ messages: z.array(transcriptMessage), next: seq.optional() })
  .meta({ id: 'TranscriptPage' });

export type NewMessageBody = z.infer<typeof newMessage>;
export type CancelBody = z.infer<typeof cancelRequest>;
export type ReceiptBody = z.infer<typeof receipt>;
export type AnswerBody = z.infer<typeof answer>;
export type TranscriptPage = z.infer<typeof transcriptPage>;
