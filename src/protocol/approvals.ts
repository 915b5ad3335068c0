import { z } from 'zod';
import { labelField, seq, textField, time } from './fields.ts';
import { sessionId } from './ids/session-id.ts';
import { content, inquiry } from './inquiries.ts';

export const approvalScope = z.enum(['once', 'session', 'always']).meta({
  description:
    'What an approval covers: this call (default), similar calls in this session, or similar calls in every session of the agent.',
});

const approvalState = z.enum(['pending', 'approved', 'denied', 'expired', 'superseded']);

export const approval = z
  .object({
    approval: z.string().meta({ description: 'Id of the question.' }),
    session: sessionId,
    agent: z.string(),
    call: z.string(),
    tool: z.string(),
    input: z.unknown().meta({ description: 'The arguments of the call.' }),
    rule: z.string().meta({
      description: 'Tool rule that an approval allows; empty when the tool itself asks.',
    }),
    inquiry: inquiry.nullable().meta({ description: 'The question of the tool; null when a rule asks.' }),
    requester: z.string().nullable().meta({ description: 'Principal that requested the turn.' }),
    state: approvalState,
    requestedAt: time,
    expiresAt: time,
    resolvedAt: time.nullable(),
    from: z.string().nullable().meta({ description: 'Principal that decided.' }),
    note: z.string().nullable(),
    content: content.nullable(),
  })
  .meta({ id: 'Approval' });

/**
 * Schema of another session's question, as it appears in the events of the sessions that wait for that
 * session.
 */
export const question = z
  .looseObject({
    approval: z.string(),
    session: sessionId.meta({ description: 'Session that asks and receives the decision.' }),
    tool: z.string(),
    input: z.unknown(),
    rule: z.string(),
    inquiry: inquiry.optional(),
    expiresAt: time,
    state: approvalState,
    from: z.string().nullable(),
    note: z.string().nullable(),
  })
  .meta({ id: 'Question' });

export const approvalQuery = z.strictObject({
  state: approvalState.optional(),
  session: sessionId.optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

export const approvalPage = z.object({ approvals: z.array(approval) }).meta({ id: 'ApprovalPage' });

export const decision = z
  .strictObject({
    decision: z.enum(['approve', 'deny']),
    note: textField(2000).optional().meta({ description: 'Note for the model when the call is denied.' }),
    from: labelField(256).optional().meta({ description: 'Principal that decides.' }),
    scope: approvalScope.optional(),
    content: content.optional(),
  })
  .meta({ id: 'Decision' });

export const decisionReceipt = z
  .object({
    session: sessionId,
    approval: z.string(),
    decision: z.enum(['approve', 'deny']),
    seq,
  })
  .meta({ id: 'Decided' });

const grant = z
  .object({
    agent: z.string(),
    session: z.string().nullable().meta({
      description: 'The session for which the grant applies; null for every session of the agent.',
    }),
    rule: z.string(),
    at: time,
    from: z.string().nullable().meta({ description: 'Principal that approved it.' }),
  })
  .meta({ id: 'Grant' });

export const grantPage = z.object({ grants: z.array(grant) }).meta({ id: 'GrantPage' });

export const revokeRequest = z
  .strictObject({
    agent: labelField(128),
    session: sessionId
      .optional()
      .meta({ description: 'Session of a grant that applies to one session only.' }),
    rule: z.string().min(1).meta({ description: 'Rule of the grant, as in the list of grants.' }),
  })
  .meta({ id: 'RevokeRequest' });

export const revoked = z
  .object({ agent: z.string(), session: z.string().nullable(), rule: z.string() })
  .meta({ id: 'Revoked' });

export type ApprovalBody = z.infer<typeof approval>;
export type QuestionBody = z.infer<typeof question>;
export type DecisionBody = z.infer<typeof decision>;
export type DecidedBody = z.infer<typeof decisionReceipt>;
export type ApprovalQueryBody = z.input<typeof approvalQuery>;
export type ApprovalPage = z.infer<typeof approvalPage>;
export type GrantPage = z.infer<typeof grantPage>;
export type RevokeBody = z.infer<typeof revokeRequest>;
export type RevokedBody = z.infer<typeof revoked>;
