import { z } from 'zod';

/** A client at an authorization server. Of one that is configured, the secret stays in the configuration. */
const client = z.object({
  client_id: z.string(),
  client_secret: z.string().optional(),
  client_secret_expires_at: z.number().optional(),
  token_endpoint_auth_method: z.string().optional(),
  issuer: z.string(),
});

/** What is needed of an authorization server after a login has begun; the library's names. */
const authorizationServer = z.object({
  url: z.string(),
  metadata: z
    .object({
      issuer: z.string(),
      authorization_endpoint: z.string(),
      token_endpoint: z.string(),
      response_types_supported: z.array(z.string()),
      token_endpoint_auth_methods_supported: z.array(z.string()).optional(),
      authorization_response_iss_parameter_supported: z.boolean().optional(),
    })
    .optional(),
  /** Names the MCP server to it. */
  resource: z.string().optional(),
});

const tokens = z.object({
  access_token: z.string(),
  refresh_token: z.string().optional(),
  token_type: z.string(),
  scope: z.string().optional(),
});

const grant = z.object({
  /** Of the login that it came from. */
  login: z.string(),
  at: z.number(),
  client,
  server: authorizationServer,
  tokens,
  /** When the access token ends, as far as was said. */
  expiresAt: z.number().optional(),
});

const pending = z.object({
  login: z.string(),
  /** Comes back with the answer; nobody else can know it. */
  state: z.string(),
  verifier: z.string(),
  redirectUrl: z.string(),
  expiresAt: z.number(),
  /** When the answer came; it does not count again. */
  answeredAt: z.number().optional(),
  client,
  server: authorizationServer,
});

/** All about the login to one MCP server. What is about another address than the configured one counts for nothing. */
export const storedLogin = z.object({
  format: z.literal(1),
  url: z.string(),
  /** Registered by us, with the address that it was registered for. */
  registration: z.object({ redirectUrl: z.string(), client }).optional(),
  grant: grant.optional(),
  pending: pending.optional(),
  /** How the last login ended. */
  last: z.object({ login: z.string(), error: z.string().optional() }).optional(),
  /** Scopes that the server asked for and the grant does not have. */
  wanted: z.string().optional(),
});

export type StoredLogin = z.infer<typeof storedLogin>;
export type StoredClient = z.infer<typeof client>;
export type Grant = z.infer<typeof grant>;
export type Pending = z.infer<typeof pending>;

export function emptyLogin(url: string): StoredLogin {
  return { format: 1, url };
}

/** What nobody may see. */
export function secretsOf({ registration, grant, pending }: StoredLogin): string[] {
  return [
    registration?.client.client_secret,
    grant?.client.client_secret,
    grant?.tokens.access_token,
    grant?.tokens.refresh_token,
    pending?.client.client_secret,
    pending?.state,
    pending?.verifier,
  ].filter((text) => text !== undefined);
}
