import {
  exchangeAuthorization,
  OAuthError,
  type OAuthTokens,
  refreshAuthorization,
  validateAuthorizationResponseIssuer,
} from '@modelcontextprotocol/client';
import { McpLoginFailedError, McpLoginRefusedError } from '../../../errors/mcp-login.ts';
import type { McpLoginConfig } from '../wire/config.ts';
import { safeFetch } from './safe-fetch.ts';
import { type Place, wordsOf } from './site.ts';
import type { Grant, Pending, StoredClient } from './stored.ts';

/**
 * The reason why a grant can never be renewed: it has `ended`, or the authorization server no longer knows the client
 * that the daemon registered (`unregistered`).
 */
export type Over = 'ended' | 'unregistered';

/**
 * Exchanges the authorization response that a browser delivered for tokens. Rejects with McpLoginRefusedError or
 * McpLoginFailedError; the response cannot be used again in that case either.
 */
export async function exchangeAnswer(
  { name, url, oauth }: Place,
  pending: Pending,
  answer: URLSearchParams,
  now: number,
): Promise<Grant> {
  const { server, client, login } = pending;
  const code = answer.get('code');
  const iss = answer.get('iss') ?? undefined;
  try {
    // The issuer is validated before any other parameter is trusted.
    validateAuthorizationResponseIssuer({
      iss,
      expectedIssuer: server.metadata?.issuer,
      issParameterSupported: server.metadata?.authorization_response_iss_parameter_supported ?? false,
    });
    if (code === null) throw new McpLoginRefusedError(name, wordOf(answer.get('error')));
    const tokens = await exchangeAuthorization(server.url, {
      ...common(url, server, client, oauth),
      authorizationCode: code,
      codeVerifier: pending.verifier,
      redirectUri: pending.redirectUrl,
      ...(iss === undefined ? {} : { iss }),
    });
    return { login, at: now, client, server, ...lifeOf(tokens, now) };
  } catch (error) {
    if (error instanceof McpLoginRefusedError) throw error;
    if (error instanceof OAuthError && code !== null)
      throw new McpLoginRefusedError(name, wordOf(error.code));
    throw new McpLoginFailedError(name, wordsOf(error));
  }
}

/**
 * Renews the tokens of a grant. Rejects with McpLoginFailedError when it is unknown whether the grant is still
 * valid.
 */
export async function refreshGrant(
  { name, url, oauth }: Place,
  grant: Grant,
  now: number,
): Promise<Grant | Over> {
  const { server, client, tokens } = grant;
  if (tokens.refresh_token === undefined) return 'ended';
  try {
    const fresh = await refreshAuthorization(server.url, {
      ...common(url, server, client, oauth),
      refreshToken: tokens.refresh_token,
    });
    // A response without scopes means that they are unchanged.
    return { ...grant, ...lifeOf({ scope: tokens.scope, ...fresh }, now) };
  } catch (error) {
    const over =
      error instanceof OAuthError ? overBy(error.code, client.client_id === oauth.clientId) : undefined;
    if (over) return over;
    throw new McpLoginFailedError(name, `its tokens could not be renewed: ${wordsOf(error)}`);
  }
}

/**
 * Maps an OAuth error code to the end of a grant. `invalid_client` does not end the grant of a configured client,
 * because it works again once the operator has fixed the secret.
 */
function overBy(code: string, configured: boolean): Over | undefined {
  if (code === 'invalid_client') return configured ? undefined : 'unregistered';
  return code === 'invalid_grant' || code === 'unauthorized_client' ? 'ended' : undefined;
}

/**
 * Builds the options that all token requests share; the secret of a configured client comes from the configuration.
 */
function common(url: string, server: Grant['server'], client: StoredClient, oauth: McpLoginConfig) {
  const secret = client.client_id === oauth.clientId ? oauth.clientSecret : client.client_secret;
  return {
    clientInformation: { ...client, ...(secret === undefined ? {} : { client_secret: secret }) },
    fetchFn: safeFetch(url),
    ...(server.metadata ? { metadata: server.metadata } : {}),
    ...(server.resource === undefined ? {} : { resource: server.resource }),
  };
}

function lifeOf(tokens: OAuthTokens, now: number): Pick<Grant, 'tokens' | 'expiresAt'> {
  const { access_token, refresh_token, token_type, scope, expires_in } = tokens;
  return {
    tokens: {
      access_token,
      token_type,
      ...(refresh_token === undefined ? {} : { refresh_token }),
      ...(scope === undefined ? {} : { scope }),
    },
    expiresAt: expires_in === undefined ? undefined : now + expires_in * 1000,
  };
}

/** Returns an OAuth error code if it is one short word. Longer texts and descriptions may come from an attacker. */
function wordOf(code: string | null): string {
  return /^[\w.-]{1,60}$/.exec(code ?? '')?.[0] ?? 'it gave no reason';
}
