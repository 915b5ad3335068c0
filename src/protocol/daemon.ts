import { z } from 'zod';
import { agentToolList } from './agents.ts';
import { configProblems, configWarnings } from './config.ts';
import { textField, time } from './fields.ts';
import { handoverReport } from './handovers.ts';
import { mcpServer } from './mcp.ts';

export const daemonStatus = z
  .object({
    version: z.string(),
    mode: z.enum(['normal', 'degraded', 'rescue']),
    reasons: z.array(z.string()).meta({ description: 'Why the mode is not normal.' }),
    generation: z.object({ number: z.int(), startedAt: time }),
    revision: z.object({ number: z.int(), state: z.string() }).meta({
      description: 'The active configuration; `state` is `trial` during its trial, then `good`.',
    }),
    config: z.object({
      problem: configProblems.nullable().meta({
        description: "Why the file's present content is not active; null when it is.",
      }),
      warnings: configWarnings,
    }),
    agents: z.array(agentToolList).optional().meta({
      description: 'The agents of the configuration and the tools that their models are offered.',
    }),
    mcp: z.array(mcpServer).meta({ description: 'The MCP servers of the configuration.' }),
    sessions: z.object({
      idle: z.int(),
      queued: z.int(),
      running: z.int(),
      waiting: z.int(),
      quarantined: z.int(),
    }),
    waiting: z
      .array(
        z.object({
          session: z.string(),
          waitsFor: z.enum(['retry', 'approval', 'child']),
          retryAt: time.nullable().meta({ description: 'Time of the next model call.' }),
          limit: z.string().optional().meta({
            description:
              'The limit that the turn has reached, such as `turnModelCalls`; present when an approver decides whether it may continue.',
          }),
        }),
      )
      .default([])
      .meta({ description: 'The first twenty waiting sessions, with the reason why each waits.' }),
    handover: handoverReport.nullable().meta({
      description:
        'The current or last handover, even from before the start of the daemon; null before the first. A start of the daemon is no handover.',
    }),
  })
  .meta({ id: 'Status' });

export type Status = z.infer<typeof daemonStatus>;

export const wish = z.strictObject({ reason: textField(2000).optional() }).meta({ id: 'Wish' });

export const requestAccepted = z
  .object({
    requested: z.enum(['restart', 'stop']),
    reason: z.string(),
    handover: z.string().nullable().meta({
      description: 'Id of the resulting handover, for `/v1/handovers/{id}`; null when none is known yet.',
    }),
  })
  .meta({ id: 'WishAccepted' });

export type RequestAccepted = z.infer<typeof requestAccepted>;

export const health = z.object({ ok: z.literal(true) }).meta({ id: 'Health' });
