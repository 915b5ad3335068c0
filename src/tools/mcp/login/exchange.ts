import {
  exchangeAuthorization,
  OAuthError,
  type OAuthTokens,
  refreshAuthorization,
  validateAuthorizationResponseIssuer,
} from '@modelcontextprotocol/client';
import { McpLoginFailedError, McpLoginRefusedError } from '../../../errors/mcp-login.ts';
import type { McpLoginConfig } from '../wire/config.ts';
import { createSafeFetch } from './safe-fetch.ts';
import { describeLoginError, type LoginTarget } from './site.ts';
import type { StoredOAuthClient, StoredPendingLogin, TokenGrant } from './stored.ts';

/**
 * The reason why a grant can never be renewed: it has `ended`, or the authorization server no longer knows the client
 * that the daemon registered (`unregistered`).
 */
export type GrantLoss = 'ended' | 'unregistered';

/**
 * Exchanges the authorization response that a browser delivered for tokens. Rejects with McpLoginRefusedError or
 * McpLoginFailedError; the response cannot be used again in that case either.
 */
export async function exchangeCode(
  { name, url, oauth }: LoginTarget,
  pending: StoredPendingLogin,
  answer: URLSearchParams,
  now: number,
): Promise<TokenGrant> {
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
    if (code === null) throw new McpLoginRefusedError(name, safeErrorCode(answer.get('error')));
    const tokens = await exchangeAuthorization(server.url, {
      ...tokenRequestOptions(url, server, client, oauth),
      authorizationCode: code,
      codeVerifier: pending.verifier,
      redirectUri: pending.redirectUrl,
      ...(iss === undefined ? {} : { iss }),
    });
    return { login, at: now, client, server, ...readTokens(tokens, now) };
  } catch (error) {
    if (error instanceof McpLoginRefusedError) throw error;
    if (error instanceof OAuthError && code !== null)
      throw new McpLoginRefusedError(name, safeErrorCode(error.code));
    throw new McpLoginFailedError(name, describeLoginError(error));
  }
}

/**
 * Renews the tokens of a grant. Rejects with McpLoginFailedError when it is unknown whether the grant is still
 * valid.
 */
export async function refreshGrant(
  { name, url, oauth }: LoginTarget,
  grant: TokenGrant,
  now: number,
): Promise<TokenGrant | GrantLoss> {
  const { server, client, tokens } = grant;
  if (tokens.refresh_token === undefined) return 'ended';
  try {
    const fresh = await refreshAuthorization(server.url, {
      ...tokenRequestOptions(url, server, client, oauth),
      refreshToken: tokens.refresh_token,
    });
    // A response without scopes means that they are unchanged.
    return { ...grant, ...readTokens({ scope: tokens.scope, ...fresh }, now) };
  } catch (error) {
    const over =
      error instanceof OAuthError
        ? classifyOAuthCode(error.code, client.client_id === oauth.clientId)
        : undefined;
    if (over) return over;
    throw new McpLoginFailedError(name, `its tokens could not be renewed: ${describeLoginError(error)}`);
  }
}

/**
 * Maps an OAuth error code to the end of a grant. `invalid_client` does not end the grant of a configured client,
 * because it works again once the operator has fixed the secret.
 */
function classifyOAuthCode(code: string, configured: boolean): GrantLoss | undefined {
  if (code === 'invalid_client') return configured ? undefined : 'unregistered';
  return code === 'invalid_grant' || code === 'unauthorized_client' ? 'ended' : undefined;
}

/**
 * Builds the options that all token requests share; the secret of a configured client comes from the configuration.
 */
function tokenRequestOptions(
  url: string,
  server: TokenGrant['server'],
  client: StoredOAuthClient,
  oauth: McpLoginConfig,
) {
  const secret = client.client_id === oauth.clientId ? oauth.clientSecret : client.client_secret;
  return {
    clientInformation: { ...client, ...(secret === undefined ? {} : { client_secret: secret }) },
    fetchFn: createSafeFetch(url),
    ...(server.metadata ? { metadata: server.metadata } : {}),
    ...(server.resource === undefined ? {} : { resource: server.resource }),
  };
}

function readTokens(tokens: OAuthTokens, now: number): Pick<TokenGrant, 'tokens' | 'expiresAt'> {
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
function safeErrorCode(code: string | null): string {
  return /^[\w.-]{1,60}$/.exec(code ?? '')?.[0] ?? 'it gave no reason';
}
