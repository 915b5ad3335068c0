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
 * Why there are no new tokens and never will be: the grant has `ended`, or nobody there knows the client any more that
 * we have registered.
 */
export type Over = 'ended' | 'unregistered';

/**
 * Turns the answer that a browser brought into tokens. Rejects with McpLoginRefusedError or McpLoginFailedError; the
 * answer is used up then, too.
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
    // Before a word of it is believed.
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

/** Rejects when nobody knows whether it is over. */
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
    // An answer without scopes means that they are the same.
    return { ...grant, ...lifeOf({ scope: tokens.scope, ...fresh }, now) };
  } catch (error) {
    const over =
      error instanceof OAuthError ? overBy(error.code, client.client_id === oauth.clientId) : undefined;
    if (over) return over;
    throw new McpLoginFailedError(name, `its tokens could not be renewed: ${wordsOf(error)}`);
  }
}

/** A client of the configuration may have a wrong secret for a while; when that is mended, its grant is good again. */
function overBy(code: string, configured: boolean): Over | undefined {
  if (code === 'invalid_client') return configured ? undefined : 'unregistered';
  return code === 'invalid_grant' || code === 'unauthorized_client' ? 'ended' : undefined;
}

/** The secret of a configured client is the present one. */
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

/** As a code it is one word; the description beside it, and whatever is longer, may be anybody's. */
function wordOf(code: string | null): string {
  return /^[\w.-]{1,60}$/.exec(code ?? '')?.[0] ?? 'it gave no reason';
}
