import { z } from 'zod';

/** An OAuth client at an authorization server. The secret of a configured client is not stored here. */
const client = z.object({
  client_id: z.string(),
  client_secret: z.string().optional(),
  client_secret_expires_at: z.number().optional(),
  token_endpoint_auth_method: z.string().optional(),
  issuer: z.string(),
});

/** The metadata of an authorization server that later steps of a login need, under the library's names. */
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
  /** The resource identifier under which the authorization server knows the MCP server. */
  resource: z.string().optional(),
});

const tokens = z.object({
  access_token: z.string(),
  refresh_token: z.string().optional(),
  token_type: z.string(),
  scope: z.string().optional(),
});

const grant = z.object({
  /** The id of the login that produced this grant. */
  login: z.string(),
  at: z.number(),
  client,
  server: authorizationServer,
  tokens,
  /** When the access token expires, in milliseconds since the epoch; absent when the server did not say. */
  expiresAt: z.number().optional(),
});

const pending = z.object({
  login: z.string(),
  /** The secret OAuth `state`, which the authorization response must return. */
  state: z.string(),
  verifier: z.string(),
  redirectUrl: z.string(),
  expiresAt: z.number(),
  /** When the authorization response arrived; a second one is refused. */
  answeredAt: z.number().optional(),
  client,
  server: authorizationServer,
});

/** The stored login to one MCP server. It is ignored when `url` differs from the configured address. */
export const storedLoginSchema = z.object({
  format: z.literal(1),
  url: z.string(),
  /** The client that the daemon registered, with the redirect address that it was registered for. */
  registration: z.object({ redirectUrl: z.string(), client }).optional(),
  grant: grant.optional(),
  pending: pending.optional(),
  /** The outcome of the last completed login. */
  last: z.object({ login: z.string(), error: z.string().optional() }).optional(),
  /** Scopes that the server has required and the current grant lacks; the next login requests them. */
  wanted: z.string().optional(),
});

export type StoredLogin = z.infer<typeof storedLoginSchema>;
export type StoredOAuthClient = z.infer<typeof client>;
export type TokenGrant = z.infer<typeof grant>;
export type StoredPendingLogin = z.infer<typeof pending>;

/** Returns a stored login without grant, registration or pending login. */
export function createEmptyLogin(url: string): StoredLogin {
  return { format: 1, url };
}

/** Lists the secrets of a stored login, which must be masked in logs and errors. */
export function listLoginSecrets({ registration, grant, pending }: StoredLogin): string[] {
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
