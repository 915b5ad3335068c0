import { z } from 'zod';
import { agentTools } from './agents.ts';
import { configTrouble, configWarnings } from './config.ts';
import { time, words } from './fields.ts';
import { handoverReport } from './handovers.ts';
import { mcpServer } from './mcp.ts';

export const status = z
  .object({
    version: z.string(),
    mode: z.enum(['normal', 'degraded', 'rescue']),
    reasons: z.array(z.string()).meta({ description: 'Why the mode is not normal, in words.' }),
    generation: z.object({ number: z.int(), startedAt: time }),
    revision: z.object({ number: z.int(), state: z.string() }).meta({
      description: 'The configuration that runs; `state` is `trial` until it has proved itself, then `good`.',
    }),
    config: z.object({
      problem: configTrouble.nullable().meta({
        description: "Why the file's present content does not run; null when it does.",
      }),
      warnings: configWarnings,
    }),
    agents: z.array(agentTools).optional().meta({
      description: 'The agents of the configuration, and what their models are offered.',
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
          retryAt: time.nullable().meta({ description: 'When the model is called again.' }),
        }),
      )
      .default([])
      .meta({ description: 'The first twenty sessions that wait, with what they wait for.' }),
    handover: handoverReport.nullable().meta({
      description:
        'The current or last handover, also when it was before the start of the daemon, which is none itself; null before the first.',
    }),
  })
  .meta({ id: 'Status' });

export type Status = z.infer<typeof status>;

export const wish = z.strictObject({ reason: words(2000).optional() }).meta({ id: 'Wish' });

export const wishAccepted = z
  .object({
    requested: z.enum(['restart', 'stop']),
    reason: z.string(),
    handover: z.string().nullable().meta({
      description: 'The handover that it leads to, for `/v1/handovers/{id}`; null when none is known yet.',
    }),
  })
  .meta({ id: 'WishAccepted' });

export type WishAccepted = z.infer<typeof wishAccepted>;

export const health = z.object({ ok: z.literal(true) }).meta({ id: 'Health' });
