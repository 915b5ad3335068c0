import { z } from 'zod';
import { leftOutTool } from './agents.ts';
import { textField, time } from './fields.ts';

/** Path to which authorization servers redirect browsers after a login. */
export const CALLBACK = '/v1/mcp/callback';

const login = z.object({
  since: time.nullable().meta({ description: 'Time of the present login; null without one.' }),
  scope: z
    .string()
    .nullable()
    .meta({ description: 'Scope of the login, as the authorization server reports it.' }),
  pending: z
    .object({ login: z.string(), expiresAt: time })
    .nullable()
    .meta({ description: 'The login that waits for a user.' }),
  last: z
    .object({ login: z.string(), error: z.string().nullable() })
    .nullable()
    .meta({ description: 'Result of the latest login; `error` is null when it succeeded.' }),
});

export const mcpServer = z
  .object({
    server: z.string(),
    state: z.enum(['starting', 'ready', 'failed', 'needs_login', 'closed']),
    error: z
      .string()
      .optional()
      .meta({ description: 'Why the server is not ready, or what ended its last connection.' }),
    retryAt: time.optional().meta({ description: 'Time of the next connection attempt.' }),
    tools: z.int().meta({ description: 'Number of tools that agents are offered.' }),
    badTools: z
      .array(z.object({ tool: z.string(), why: z.string() }))
      .optional()
      .meta({ description: "Tools of the server's list whose description cannot be used." }),
    leftOut: z
      .array(leftOutTool.extend({ agent: z.string() }))
      .optional()
      .meta({
        description: "Tools that an agent's model is not offered, because its provider would refuse them.",
      }),
    login: login.optional().meta({ description: 'State of the login; absent for a server without one.' }),
  })
  .meta({ id: 'McpServer' });

export type McpServerBody = z.infer<typeof mcpServer>;

export const mcpServerList = z.object({ servers: z.array(mcpServer) }).meta({ id: 'McpServers' });

export type McpServersBody = z.infer<typeof mcpServerList>;

export const mcpLogin = z
  .object({
    server: z.string(),
    login: z.string().meta({ description: 'Id of this login in `GET /v1/mcp`.' }),
    url: z.string().meta({ description: 'Address that the user must open in a browser.' }),
    expiresAt: time,
  })
  .meta({ id: 'McpLogin' });

export type McpLoginBody = z.infer<typeof mcpLogin>;

export const mcpAnswer = z
  .strictObject({
    address: textField(8_000).meta({
      description: 'Whole address to which the authorization server redirected the browser.',
    }),
  })
  .meta({ id: 'McpAnswer' });

/** Schema of the answer to a completed login or logout. */
export const mcpLoginDone = z.object({ server: z.string() }).meta({ id: 'McpLoginDone' });

export type McpLoginDone = z.infer<typeof mcpLoginDone>;
