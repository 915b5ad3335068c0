import { McpLoginNeededError } from '../../../errors/mcp-login.ts';
import type { Over } from './exchange.ts';
import type { Place } from './site.ts';
import type { LoginStore } from './store.ts';
import { emptyLogin, type Grant, type StoredLogin } from './stored.ts';

/** Milliseconds before its end in which an access token is renewed rather than used. */
const MARGIN = 30_000;

type Refresh = (place: Place, grant: Grant, now: number) => Promise<Grant | Over>;

/** What a login of this place may use: the file's, as long as it is about the same server and the same client. */
export function grantFor({ url, oauth }: Place, stored: StoredLogin | undefined): Grant | undefined {
  const grant = stored?.url === url ? stored.grant : undefined;
  if (!grant) return undefined;
  const { client_id, issuer } = grant.client;
  if (oauth.clientId !== undefined && oauth.clientId !== client_id) return undefined;
  if (oauth.issuer !== undefined && bare(oauth.issuer) !== bare(issuer)) return undefined;
  return grant;
}

/** With and without the last slash it is the same. */
export function bare(issuer: string): string {
  return issuer.replace(/\/$/, '');
}

/** Hands out the access token of a login, and renews it: one at a time, whichever generation is first. */
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

  /** `undefined` without a login. Rejects when the token has ended and cannot be renewed. */
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

  /** The server did not accept `refused`. Rejects with McpLoginNeededError when there is nothing better. */
  async replace(refused: string | undefined): Promise<void> {
    const grant = this.#read();
    if (!grant) throw new McpLoginNeededError(this.#place.name);
    if (grant.tokens.access_token === refused) await this.#renew(grant);
  }

  /** Remembers for the next login what the present one lacks. */
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
      // Somebody else was faster, or somebody has logged in anew.
      if (grant.tokens.access_token !== used.tokens.access_token) return grant;
      if (grant.tokens.refresh_token === undefined) throw new McpLoginNeededError(name);
      const fresh = await this.#refresh(this.#place, grant, Date.now());
      if (typeof fresh === 'string') {
        const { grant: _, registration, ...rest } = found;
        // The next login would end at a page that says so, and nobody would be sent back to us.
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
