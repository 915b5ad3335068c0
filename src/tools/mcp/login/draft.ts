import type {
  OAuthClientMetadata,
  OAuthClientProvider,
  OAuthDiscoveryState,
  StoredOAuthClientInformation,
} from '@modelcontextprotocol/client';
import { McpLoginIssuerError } from '../../../errors/mcp-login.ts';
import { trimTrailingSlash } from './grants.ts';
import type { LoginRequest } from './site.ts';
import type { StoredLogin, StoredOAuthClient } from './stored.ts';

/**
 * Collects what the library discovers while it prepares a login. It holds no tokens of an earlier login, only its
 * client registration, so that the library always asks for a new authorization.
 */
export class LoginClientProvider implements OAuthClientProvider {
  readonly #site: LoginRequest;
  readonly secretState: string;
  registration: StoredLogin['registration'];
  #client: StoredOAuthClient | undefined;
  #discovered: OAuthDiscoveryState | undefined;
  #resource: string | undefined;
  #verifier = '';
  #authorizationUrl: URL | undefined;

  constructor(site: LoginRequest, secretState: string, now: number) {
    this.#site = site;
    this.secretState = secretState;
    this.registration = findUsableRegistration(site, now);
  }

  get redirectUrl(): string {
    return this.#site.redirectUrl;
  }

  get clientMetadata(): OAuthClientMetadata {
    const { scope } = this.#site.oauth;
    return {
      client_name: 'Midturn',
      redirect_uris: [this.#site.redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      ...(scope === undefined ? {} : { scope }),
    };
  }

  get clientMetadataUrl(): string {
    return this.#site.oauth.clientMetadataUrl ?? '';
  }

  state(): string {
    return this.secretState;
  }

  /**
   * Returns the client to use. Throws when the configured issuer differs from the MCP server's authorization
   * server.
   */
  clientInformation(ctx?: { issuer: string }): StoredOAuthClientInformation | undefined {
    const issuer = ctx?.issuer ?? '';
    const { clientId, clientSecret, issuer: expected } = this.#site.oauth;
    if (expected !== undefined && trimTrailingSlash(expected) !== trimTrailingSlash(issuer)) {
      throw new McpLoginIssuerError(issuer, expected);
    }
    if (clientId === undefined) {
      this.#client = this.registration?.client;
      return this.#client;
    }
    this.#client = { client_id: clientId, issuer };
    return { ...this.#client, ...(clientSecret === undefined ? {} : { client_secret: clientSecret }) };
  }

  saveClientInformation(information: StoredOAuthClientInformation, ctx?: { issuer: string }): void {
    this.#client = { ...information, issuer: information.issuer ?? ctx?.issuer ?? '' };
    this.registration = { redirectUrl: this.#site.redirectUrl, client: this.#client };
  }

  tokens(): undefined {
    return undefined;
  }

  saveTokens(): void {}

  saveDiscoveryState(found: OAuthDiscoveryState): void {
    this.#discovered = found;
  }

  discoveryState(): undefined {
    return undefined;
  }

  saveResourceUrl(resource: string): void {
    this.#resource = resource;
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  codeVerifier(): string {
    return this.#verifier;
  }

  redirectToAuthorization(url: URL): void {
    this.#authorizationUrl = url;
  }

  /** Returns everything that was collected; throws when the authorization server did not ask for a user's consent. */
  collectLogin() {
    if (!this.#authorizationUrl || !this.#discovered || !this.#client) {
      throw new Error('the authorization server did not ask for a user to log in');
    }
    const { authorizationServerUrl: url, authorizationServerMetadata: metadata } = this.#discovered;
    return {
      authorizationUrl: this.#authorizationUrl,
      client: this.#client,
      verifier: this.#verifier,
      server: {
        url,
        ...(metadata ? { metadata } : {}),
        ...(this.#resource === undefined ? {} : { resource: this.#resource }),
      },
    };
  }
}

/**
 * Returns the stored registration if its redirect address and kind still match the configuration and it is not
 * expired.
 */
function findUsableRegistration(
  { found, redirectUrl, oauth }: LoginRequest,
  now: number,
): StoredLogin['registration'] {
  const registration = found?.registration;
  if (registration?.redirectUrl !== redirectUrl) return undefined;
  const { client_id, client_secret_expires_at: ends = 0 } = registration.client;
  if (ends > 0 && ends * 1000 <= now) return undefined;
  const { clientMetadataUrl = client_id } = oauth;
  return client_id === clientMetadataUrl ? registration : undefined;
}
