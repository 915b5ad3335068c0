import { z } from 'zod';
import { approvalScope, question } from './approvals.ts';
import { contentParts } from './content.ts';
import { seq, time, tokenCounts as usage } from './fields.ts';
import { content, inquiry } from './inquiries.ts';
import { outcomeName } from './messages.ts';
import { sessionRow } from './sessions.ts';

const attempt = { attempt: z.int(), generation: z.int(), revision: z.int() };
const inputs = z.array(z.string());
const reachedLimit = z
  .object({ limit: z.string(), used: z.number(), max: z.number() })
  .meta({ description: 'A limit of one turn, by its key under `limits`, and what the turn had used.' });

const blame = z.enum(['none', 'shared']).optional().meta({
  description:
    'Only with the cause "crash". `none`: the whole daemon died; `shared`: another session may be the cause; absent: the session was the only suspect at work, and the crash counts towards `limits.crashAttempts`.',
});

function eventSchema<const T extends string, S extends z.ZodRawShape>(type: T, shape: S) {
  return z.looseObject({ seq, at: time, type: z.literal(type), ...shape });
}

/** Schema of the journal's events as clients see them; the fields are those of src/core/model/events.ts. */
export const sessionEvent = z
  .discriminatedUnion('type', [
    eventSchema('session_created', { agent: z.string() }),
    eventSchema('input_received', {
      input: z.discriminatedUnion('kind', [
        z.looseObject({
          kind: z.literal('message'),
          id: z.string(),
          text: z.string(),
          content: contentParts.optional().meta({ description: 'Texts and files; only with files.' }),
          mode: z.enum(['steer', 'queue']),
          from: z.string().optional(),
          deadline: time.optional(),
          replyTo: z
            .object({ session: z.string(), call: z.string() })
            .optional()
            .meta({ description: 'Call of another session that waits for the outcome.' }),
          depth: z.int().optional(),
          origin: z
            .object({ person: z.string().optional(), schedule: z.string().optional() })
            .optional()
            .meta({ description: 'Who caused the work that delegated this message.' }),
        }),
        z.looseObject({
          kind: z.literal('cancel'),
          id: z.string(),
          from: z.string().optional(),
          reason: z.string().optional(),
        }),
        z.looseObject({ kind: z.literal('release'), id: z.string(), from: z.string().optional() }),
        z.looseObject({
          kind: z.literal('approval'),
          id: z.string(),
          approval: z.string(),
          decision: z.enum(['approve', 'deny']),
          from: z.string().optional(),
          note: z.string().optional(),
          scope: approvalScope.optional(),
          content: content.optional(),
        }),
        z.looseObject({
          kind: z.literal('result'),
          id: z.string(),
          call: z.string(),
          outcome: z.enum([...outcomeName.options, 'unknown']),
          text: z.string(),
          content: contentParts.optional(),
        }),
        z.looseObject({ kind: z.literal('question'), id: z.string(), call: z.string(), question }).meta({
          description: 'A session that works for this one has asked a question, or its question is settled.',
        }),
      ]),
    }),
    eventSchema('input_closed', { inputs, outcome: outcomeName, reason: z.string() }),
    eventSchema('turn_started', { turn: z.int(), inputs }),
    eventSchema('turn_joined', { turn: z.int(), inputs }),
    eventSchema('model_call_started', {
      step: z.int(),
      purpose: z.enum(['answer', 'compaction']),
      piece: z
        .object({ from: z.int(), count: z.int() })
        .optional()
        .meta({ description: 'Messages of the history that a compaction reads.' }),
      model: z.string(),
      ...attempt,
    }),
    eventSchema('model_call_finished', {
      step: z.int(),
      content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
      finish: z.string(),
      usage,
    }),
    eventSchema('model_call_interrupted', {
      step: z.int(),
      attempt: z.int(),
      cause: z.string(),
      reason: z.string(),
      partial: z.string().optional(),
      blame,
      usage,
    }),
    eventSchema('retry_scheduled', { step: z.int(), until: time }),
    eventSchema('tool_call_started', {
      call: z.string(),
      effect: z.enum(['read', 'idempotent', 'write']),
      resumable: z.boolean(),
      key: z.string(),
      child: z.string().optional().meta({ description: 'Session that does the work.' }),
      ...attempt,
    }),
    eventSchema('tool_call_interrupted', { call: z.string(), attempt: z.int(), cause: z.string(), blame }),
    eventSchema('tool_call_finished', {
      call: z.string(),
      output: z.looseObject({ type: z.string() }),
      blob: z.object({ id: z.string(), bytes: z.int() }).optional(),
    }),
    eventSchema('tool_call_asked', {
      call: z.string(),
      attempt: z.int(),
      resume: z.unknown().meta({
        description: 'Value that the tool receives again with the answers to the questions that follow.',
      }),
    }),
    eventSchema('tool_call_refused', { call: z.string(), reason: z.string() }),
    eventSchema('tool_call_outcome_unknown', {
      call: z.string(),
      startedAt: time,
      reason: z.string().optional().meta({ description: 'Why the session that did the work was set aside.' }),
      poison: z.string().optional(),
    }),
    eventSchema('child_cancelled', { call: z.string(), child: z.string(), reason: z.string() }),
    eventSchema('approval_requested', {
      approval: z.string(),
      call: z.string(),
      rule: z
        .string()
        .meta({ description: 'Tool rule that an approval allows; empty when the tool itself asks.' }),
      expiresAt: time,
      inquiry: inquiry.optional(),
      reached: reachedLimit.optional(),
    }),
    eventSchema('approval_resolved', {
      approval: z.string(),
      call: z.string(),
      decision: z.enum(['approved', 'denied', 'expired', 'superseded']),
      from: z.string().optional(),
      note: z.string().optional(),
      scope: approvalScope.optional(),
      rule: z.string().optional(),
      content: content.optional(),
    }),
    eventSchema('system_note_added', { text: z.string() }),
    eventSchema('history_compacted', {
      step: z.int(),
      summary: z.string(),
      from: z.int(),
      dropped: z.int().meta({
        description: 'Number of messages from `from` on that the summary replaces for the model.',
      }),
      usage,
    }),
    eventSchema('turn_limit_reached', { turn: z.int(), reached: reachedLimit }),
    eventSchema('turn_finished', {
      turn: z.int(),
      inputs,
      outcome: outcomeName,
      reason: z.string().optional(),
    }),
    eventSchema('session_handed_over', {
      from: z.int(),
      to: z.int(),
      cause: z.string(),
      reason: z.string(),
      by: z.string().optional(),
      keys: z.array(z.string()),
      tell: z.boolean(),
    }),
    eventSchema('session_quarantined', { reason: z.string() }),
    eventSchema('session_released', { by: z.string() }),
    eventSchema('damaged', { reason: z.string() }),
  ])
  .meta({ id: 'SessionEvent' });

export const eventPage = z
  .object({ events: z.array(sessionEvent), next: seq.optional() })
  .meta({ id: 'EventPage' });

/** What a delta is a piece of; see the descriptions in the schema below. */
const deltaKind = z.enum(['text', 'reasoning', 'tool_input', 'tool_status']);

/** Schema of a piece of what a running step produces; it has no position and is not stored. */
export const delta = z
  .object({
    type: z.literal('delta'),
    // Releases up to 0.2.0 send only text, without a kind.
    kind: deltaKind.default('text').meta({
      description: [
        '`text`: text of the answer that the model is writing.',
        '`reasoning`: reasoning of the model, where the provider shows it; the durable event of the call may lack it.',
        '`tool_input`: JSON of the arguments of a tool call that the model is writing, incomplete until the durable event of the model call; secrets are masked.',
        '`tool_status`: the progress of a running tool call in the words of the tool; it replaces the status before it.',
      ].join(' '),
    }),
    step: z.int().meta({ description: 'The model call; for `tool_status` the one that requested the call.' }),
    attempt: z.int(),
    offset: z.int().meta({
      description:
        'Start of `text` within all text of this kind in this attempt, and with `call`, of that call; 0 for `tool_status`.',
    }),
    text: z.string(),
    call: z
      .string()
      .optional()
      .meta({ description: 'With `tool_input` and `tool_status`: the id of the tool call.' }),
    tool: z.string().optional().meta({ description: 'With `tool_input`: the name of the tool.' }),
  })
  .meta({ id: 'Delta' });

type DeltaKind = z.infer<typeof deltaKind>;

/**
 * Returns the name of the server-sent event for a delta. Only text has the name `delta`, because clients of 0.2.0
 * take every `delta` for text of the answer; they ignore the other names.
 */
export function nameDelta(kind: DeltaKind): string {
  return kind === 'text' ? 'delta' : `delta.${kind}`;
}

/** Names of the server-sent events that are deltas. */
export const DELTA_NAMES: ReadonlySet<string> = new Set(deltaKind.options.map(nameDelta));

/**
 * Schema of the last event when the daemon ends a stream: the client must reconnect at once, from this
 * position.
 */
export const reconnect = z.object({ after: seq }).meta({ id: 'Reconnect' });

export const sessionExport = z
  .object({
    format: z.literal(1),
    store: z.string(),
    exportedAt: time,
    session: sessionRow,
    events: z.array(sessionEvent),
  })
  .meta({ id: 'SessionExport' });

/** Types of events by which the feed can be filtered. */
const eventType = z.enum(
  sessionEvent.options.map(({ shape }) => shape.type.value).filter((type) => type !== 'damaged'),
);

const feedPosition = z.int().min(0).meta({ description: 'Position in the feed of this home.' });

/** Schema of an event in the feed, which has the events of all sessions in the order in which they were stored. */
export const feedEvent = z
  .object({ position: feedPosition, session: z.string(), agent: z.string(), event: sessionEvent })
  .meta({ id: 'FeedEvent' });

export const feedPage = z
  .object({
    events: z.array(feedEvent),
    next: feedPosition.meta({
      description: 'Position up to which the feed was searched; the next page starts after it.',
    }),
    end: feedPosition.meta({
      description: 'Position of the last event in the feed; there is more to read while `next` is lower.',
    }),
  })
  .meta({ id: 'FeedPage' });

/** Schema of the query that selects events of the feed. */
export const feedFilter = z.strictObject({
  after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0).meta({
    type: 'integer',
    default: 0,
    description: 'Position after which the events start; `next` of the page before.',
  }),
  prefix: z
    .string()
    .optional()
    .meta({ description: 'Only events of sessions whose id starts with this text.' }),
  type: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(eventType))
    .optional()
    .meta({ type: 'string', description: 'Only events of these types, separated by commas.' }),
});

export type WireEvent = z.infer<typeof sessionEvent>;
export type WireDelta = z.infer<typeof delta>;
export type EventPage = z.infer<typeof eventPage>;
export type WireFeedEvent = z.infer<typeof feedEvent>;
export type FeedPage = z.infer<typeof feedPage>;
