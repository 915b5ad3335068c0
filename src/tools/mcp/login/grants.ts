import { McpLoginNeededError } from '../../../errors/mcp-login.ts';
import type { GrantLoss } from './exchange.ts';
import type { LoginTarget } from './site.ts';
import type { LoginStore } from './store.ts';
import { createEmptyLogin, type StoredLogin, type TokenGrant } from './stored.ts';

/** Milliseconds before its expiry from which on an access token is renewed before it is used. */
const RENEWAL_MARGIN = 30_000;

type RefreshGrant = (place: LoginTarget, grant: TokenGrant, now: number) => Promise<TokenGrant | GrantLoss>;

/**
 * Returns the stored grant if it may be used for this target. Each rule keeps tokens from a party they were not
 * issued for:
 *   1. The URL must be the one that the login was made for: a grant for https://a.example is not sent to
 *      https://b.example.
 *   2. A configured `clientId` must be the grant's client: after it changed from "old" to "new", a new login is
 *      needed.
 *   3. A configured `issuer` must be the grant's issuer, apart from a trailing slash: https://id.example/ matches
 *      https://id.example.
 */
export function findValidGrant(
  { url, oauth }: LoginTarget,
  stored: StoredLogin | undefined,
): TokenGrant | undefined {
  const grant = stored?.url === url ? stored.grant : undefined;
  if (!grant) return undefined;
  const { client_id, issuer } = grant.client;
  if (oauth.clientId !== undefined && oauth.clientId !== client_id) return undefined;
  if (oauth.issuer !== undefined && trimTrailingSlash(oauth.issuer) !== trimTrailingSlash(issuer))
    return undefined;
  return grant;
}

/** Removes a trailing slash, because an issuer is the same with and without it. */
export function trimTrailingSlash(issuer: string): string {
  return issuer.replace(/\/$/, '');
}

/**
 * Supplies the access token of a login and renews it. Renewals take the login's file lock, so that only one
 * generation renews at a time and the others use its result.
 */
export class TokenSource {
  readonly #place: LoginTarget;
  readonly #store: LoginStore;
  readonly #refresh: RefreshGrant;
  #renewing: Promise<TokenGrant> | undefined;

  constructor(place: LoginTarget, store: LoginStore, refresh: RefreshGrant) {
    this.#place = place;
    this.#store = store;
    this.#refresh = refresh;
  }

  /**
   * Returns a valid access token; `undefined` without a login. Rejects when the token has expired and renewal
   * fails.
   */
  async getAccessToken(): Promise<string | undefined> {
    const grant = this.#readGrant();
    if (!grant) return undefined;
    const { expiresAt = Number.POSITIVE_INFINITY, tokens } = grant;
    const left = expiresAt - Date.now();
    if (left > RENEWAL_MARGIN || tokens.refresh_token === undefined) return tokens.access_token;
    try {
      return (await this.#renewGrant(grant)).tokens.access_token;
    } catch (error) {
      if (left > 0 && !(error instanceof McpLoginNeededError)) return tokens.access_token;
      throw error;
    }
  }

  /** Renews the token after the server refused `refused`. Rejects with McpLoginNeededError when no login is left. */
  async replaceRefusedToken(refused: string | undefined): Promise<void> {
    const grant = this.#readGrant();
    if (!grant) throw new McpLoginNeededError(this.#place.name);
    if (grant.tokens.access_token === refused) await this.#renewGrant(grant);
  }

  /**
   * Records the scope that the current grant lacks, so that the next login requests it; resolves with the error to
   * throw.
   */
  async recordMissingScope(scope: string | undefined): Promise<McpLoginNeededError> {
    const { name, url } = this.#place;
    const grant = this.#readGrant();
    const wanted = joinScopes(grant?.tokens.scope, this.#store.read(name)?.wanted, scope);
    await this.#store.withLock(name, async (held) => {
      const found = held.read() ?? createEmptyLogin(url);
      if (found.url === url && found.wanted !== wanted) held.write({ ...found, wanted });
    });
    return new McpLoginNeededError(name, scope ?? 'it does not say which');
  }

  #readGrant(): TokenGrant | undefined {
    return findValidGrant(this.#place, this.#store.read(this.#place.name));
  }

  #renewGrant(used: TokenGrant): Promise<TokenGrant> {
    this.#renewing ??= this.#renewLocked(used).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  #renewLocked(used: TokenGrant): Promise<TokenGrant> {
    const { name } = this.#place;
    return this.#store.withLock(name, async (held) => {
      const found = held.read();
      const grant = findValidGrant(this.#place, found);
      if (!found || !grant) throw new McpLoginNeededError(name);
      // Another process has renewed the token, or a user has logged in again.
      if (grant.tokens.access_token !== used.tokens.access_token) return grant;
      if (grant.tokens.refresh_token === undefined) throw new McpLoginNeededError(name);
      const fresh = await this.#refresh(this.#place, grant, Date.now());
      if (typeof fresh === 'string') {
        const { grant: _, registration, ...rest } = found;
        // With an unknown client, the next login would end at an error page that does not redirect back.
        held.write({ ...rest, ...(registration && fresh === 'ended' ? { registration } : {}) });
        throw new McpLoginNeededError(name);
      }
      held.write({ ...found, grant: fresh });
      return fresh;
    });
  }
}

function joinScopes(...scopes: (string | undefined)[]): string {
  return [...new Set(scopes.flatMap((scope) => scope?.split(' ') ?? []))].join(' ');
}
