import { McpLoginNeededError } from '../../../errors/mcp-login.ts';
import type { Over } from './exchange.ts';
import type { Place } from './site.ts';
import type { LoginStore } from './store.ts';
import { emptyLogin, type Grant, type StoredLogin } from './stored.ts';

/** Milliseconds before its expiry from which on an access token is renewed before it is used. */
const MARGIN = 30_000;

type Refresh = (place: Place, grant: Grant, now: number) => Promise<Grant | Over>;

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
export function grantFor({ url, oauth }: Place, stored: StoredLogin | undefined): Grant | undefined {
  const grant = stored?.url === url ? stored.grant : undefined;
  if (!grant) return undefined;
  const { client_id, issuer } = grant.client;
  if (oauth.clientId !== undefined && oauth.clientId !== client_id) return undefined;
  if (oauth.issuer !== undefined && bare(oauth.issuer) !== bare(issuer)) return undefined;
  return grant;
}

/** Removes a trailing slash, because an issuer is the same with and without it. */
export function bare(issuer: string): string {
  return issuer.replace(/\/$/, '');
}

/**
 * Supplies the access token of a login and renews it. Renewals take the login's file lock, so that only one
 * generation renews at a time and the others use its result.
 */
export class Grants {
  readonly #place: Place;
  readonly #store: LoginStore;
  readonly #refresh: Refresh;
  #renewing: Promise<Grant> | undefined;

  constructor(place: Place, store: LoginStore, refresh: Refresh) {
    this.#place = place;
    this.#store = store;
    this.#refresh = refresh;
  }

  /**
   * Returns a valid access token; `undefined` without a login. Rejects when the token has expired and renewal
   * fails.
   */
  async token(): Promise<string | undefined> {
    const grant = this.#read();
    if (!grant) return undefined;
    const { expiresAt = Number.POSITIVE_INFINITY, tokens } = grant;
    const left = expiresAt - Date.now();
    if (left > MARGIN || tokens.refresh_token === undefined) return tokens.access_token;
    try {
      return (await this.#renew(grant)).tokens.access_token;
    } catch (error) {
      if (left > 0 && !(error instanceof McpLoginNeededError)) return tokens.access_token;
      throw error;
    }
  }

  /** Renews the token after the server refused `refused`. Rejects with McpLoginNeededError when no login is left. */
  async replace(refused: string | undefined): Promise<void> {
    const grant = this.#read();
    if (!grant) throw new McpLoginNeededError(this.#place.name);
    if (grant.tokens.access_token === refused) await this.#renew(grant);
  }

  /**
   * Records the scope that the current grant lacks, so that the next login requests it; resolves with the error to
   * throw.
   */
  async lacks(scope: string | undefined): Promise<McpLoginNeededError> {
    const { name, url } = this.#place;
    const grant = this.#read();
    const wanted = union(grant?.tokens.scope, this.#store.read(name)?.wanted, scope);
    await this.#store.locked(name, async (held) => {
      const found = held.read() ?? emptyLogin(url);
      if (found.url === url && found.wanted !== wanted) held.write({ ...found, wanted });
    });
    return new McpLoginNeededError(name, scope ?? 'it does not say which');
  }

  #read(): Grant | undefined {
    return grantFor(this.#place, this.#store.read(this.#place.name));
  }

  #renew(used: Grant): Promise<Grant> {
    this.#renewing ??= this.#renewLocked(used).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  #renewLocked(used: Grant): Promise<Grant> {
    const { name } = this.#place;
    return this.#store.locked(name, async (held) => {
      const found = held.read();
      const grant = grantFor(this.#place, found);
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

function union(...scopes: (string | undefined)[]): string {
  return [...new Set(scopes.flatMap((scope) => scope?.split(' ') ?? []))].join(' ');
}
