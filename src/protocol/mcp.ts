import { z } from 'zod';
import { leftOutTool } from './agents.ts';
import { time, words } from './fields.ts';

/** Path to which authorization servers redirect browsers after a login. */
export const CALLBACK = '/v1/mcp/callback';

const login = z.object({
  since: time.nullable().meta({ description: 'When the login that is in force was made; null without one.' }),
  scope: z.string().nullable().meta({ description: 'What it allows, as the authorization server says it.' }),
  pending: z
    .object({ login: z.string(), expiresAt: time })
    .nullable()
    .meta({ description: 'The login that waits for a person.' }),
  last: z
    .object({ login: z.string(), error: z.string().nullable() })
    .nullable()
    .meta({ description: 'How the latest login ended; `error` is null when it brought tokens.' }),
});

export const mcpServer = z
  .object({
    server: z.string(),
    state: z.enum(['starting', 'ready', 'failed', 'needs_login', 'closed']),
    error: z
      .string()
      .optional()
      .meta({ description: 'Why it is not ready, or what ended its last connection.' }),
    retryAt: time.optional().meta({ description: 'When the next attempt to reach it is made.' }),
    tools: z.int().meta({ description: 'How many tools agents are offered.' }),
    badTools: z
      .array(z.object({ tool: z.string(), why: z.string() }))
      .optional()
      .meta({ description: 'Tools of its list that cannot be used as it describes them.' }),
    leftOut: z
      .array(leftOutTool.extend({ agent: z.string() }))
      .optional()
      .meta({
        description: "Tools that an agent's model is not offered, because its provider would refuse them.",
      }),
    login: login.optional().meta({ description: 'Of a server that people log in to.' }),
  })
  .meta({ id: 'McpServer' });

export type McpServerBody = z.infer<typeof mcpServer>;

export const mcpServers = z.object({ servers: z.array(mcpServer) }).meta({ id: 'McpServers' });

export type McpServersBody = z.infer<typeof mcpServers>;

export const mcpLogin = z
  .object({
    server: z.string(),
    login: z.string().meta({ description: 'Names this login in `GET /v1/mcp`.' }),
    url: z.string().meta({ description: 'Where the person has to go with a browser.' }),
    expiresAt: time,
  })
  .meta({ id: 'McpLogin' });

export type McpLoginBody = z.infer<typeof mcpLogin>;

export const mcpAnswer = z
  .strictObject({
    address: words(8_000).meta({
      description: 'Where the authorization server sent the browser, all of it.',
    }),
  })
  .meta({ id: 'McpAnswer' });

/** Schema of the answer to a completed login or logout. */
export const mcpLoginDone = z.object({ server: z.string() }).meta({ id: 'McpLoginDone' });

export type McpLoginDone = z.infer<typeof mcpLoginDone>;
