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
import { Draft } from './draft.ts';
import { checkAddress, safeFetch } from './safe-fetch.ts';
import { type LoginSite, wordsOf } from './site.ts';
import type { Pending, StoredLogin } from './stored.ts';

/** How long a person may take, in minutes. */
export const PATIENCE = 10;

export interface Begun {
  pending: Pending;
  /** A client that was registered for it, now or for an earlier login. */
  registration: StoredLogin['registration'];
  /** Where the person has to go. */
  authorizationUrl: string;
}

/** Asks the MCP server and its authorization server for all that a login needs. Rejects with McpLoginFailedError. */
export async function beginLogin(site: LoginSite, now: number): Promise<Begun> {
  const { name, url, oauth, found } = site;
  const fetchFn = safeFetch(url);
  const draft = new Draft(site, randomBytes(32).toString('base64url'), now);
  try {
    const { resourceMetadataUrl, scope } = await challengeOf(site, fetchFn);
    const wanted = computeScopeUnion(oauth.scope ?? scope, found?.wanted);
    await auth(draft, {
      serverUrl: url,
      fetchFn,
      forceReauthorization: true,
      ...(resourceMetadataUrl ? { resourceMetadataUrl } : {}),
      ...(wanted === undefined ? {} : { scope: wanted }),
    });
    const { authorizationUrl, client, server, verifier } = draft.complete();
    checkAddress(authorizationUrl, url);
    return {
      authorizationUrl: authorizationUrl.href,
      registration: draft.registration,
      pending: {
        login: randomUUID(),
        state: draft.secretState,
        verifier,
        redirectUrl: site.redirectUrl,
        expiresAt: now + PATIENCE * 60_000,
        client,
        server,
      },
    };
  } catch (error) {
    throw new McpLoginFailedError(name, `${wordsOf(error)}${hintFor(error, name)}`);
  }
}

/** What the server says to somebody whom it does not know: where its authorization server is, and what to ask for. */
async function challengeOf({ url, headers }: LoginSite, fetchFn: FetchLike) {
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

function hintFor(error: unknown, name: string): string {
  const unregistered = error instanceof Error && error.message.includes('dynamic client registration');
  if (!unregistered) return '';
  return `; register a client there by hand and name it in "tools.mcp.${name}.oauth.clientId"`;
}
