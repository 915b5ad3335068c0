import { randomBytes, randomUUID } from 'node:crypto';
import {
  auth,
  computeScopeUnion,
  extractWWWAuthenticateParams,
  type FetchLike,
  LATEST_PROTOCOL_VERSION,
} from '@modelcontextprotocol/client';
import { McpLoginFailedError } from '../../../errors/mcp-login.ts';
import { readVersion } from '../../../util/version.ts';
import { LoginClientProvider } from './draft.ts';
import { assertSafeAddress, createSafeFetch } from './safe-fetch.ts';
import { describeLoginError, type LoginRequest } from './site.ts';
import type { StoredLogin, StoredPendingLogin } from './stored.ts';

/** The time in minutes that a user has to complete a login in the browser. */
export const LOGIN_TIMEOUT_MINUTES = 10;

export interface PreparedLogin {
  pending: StoredPendingLogin;
  /** The OAuth client that was registered for this login or is reused from an earlier one. */
  registration: StoredLogin['registration'];
  /** The address that the user must open in a browser. */
  authorizationUrl: string;
}

/**
 * Prepares a login: discovers the authorization server, registers a client if necessary, and builds the authorization
 * URL. Rejects with McpLoginFailedError.
 */
export async function prepareLogin(site: LoginRequest, now: number): Promise<PreparedLogin> {
  const { name, url, oauth, found } = site;
  const fetchFn = createSafeFetch(url);
  const draft = new LoginClientProvider(site, randomBytes(32).toString('base64url'), now);
  try {
    const { resourceMetadataUrl, scope } = await requestChallenge(site, fetchFn);
    const wanted = computeScopeUnion(oauth.scope ?? scope, found?.wanted);
    await auth(draft, {
      serverUrl: url,
      fetchFn,
      forceReauthorization: true,
      ...(resourceMetadataUrl ? { resourceMetadataUrl } : {}),
      ...(wanted === undefined ? {} : { scope: wanted }),
    });
    const { authorizationUrl, client, server, verifier } = draft.collectLogin();
    assertSafeAddress(authorizationUrl, url);
    return {
      authorizationUrl: authorizationUrl.href,
      registration: draft.registration,
      pending: {
        login: randomUUID(),
        state: draft.secretState,
        verifier,
        redirectUrl: site.redirectUrl,
        expiresAt: now + LOGIN_TIMEOUT_MINUTES * 60_000,
        client,
        server,
      },
    };
  } catch (error) {
    throw new McpLoginFailedError(name, `${describeLoginError(error)}${registrationHint(error, name)}`);
  }
}

/** Sends an unauthenticated request; the server's challenge names its resource metadata and the scope to request. */
async function requestChallenge({ url, headers }: LoginRequest, fetchFn: FetchLike) {
  const clientInfo = { name: 'midturn', version: readVersion() };
  const params = { protocolVersion: LATEST_PROTOCOL_VERSION, capabilities: {}, clientInfo };
  const response = await fetchFn(url, {
    method: 'POST',
    headers: {
      ...headers,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params }),
  });
  await response.body?.cancel();
  return extractWWWAuthenticateParams(response);
}

function registrationHint(error: unknown, name: string): string {
  const unregistered = error instanceof Error && error.message.includes('dynamic client registration');
  if (!unregistered) return '';
  return `; register a client there by hand and name it in "tools.mcp.${name}.oauth.clientId"`;
}
