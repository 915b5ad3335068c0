import { createHash, timingSafeEqual } from 'node:crypto';
import {
  McpLoginExpiredError,
  McpLoginFailedError,
  McpLoginRefusedError,
  McpLoginUnknownError,
} from '../../../errors/mcp-login.ts';
import { type Access, accessBy } from './access.ts';
import { Grants, grantFor } from './grants.ts';
import type { Place } from './site.ts';
import type { LoginStore } from './store.ts';
import { emptyLogin, type Pending } from './stored.ts';

/** A login that was started and waits for a user to open its address in a browser. */
export interface LoginBegun {
  login: string;
  /** The address that the user must open in a browser. */
  url: string;
  expiresAt: number;
}

/** The state of the login to one server, without secrets, as status and API report it. */
export interface LoginState {
  /** The time of the current login, in milliseconds since the epoch; null without one. */
  since: number | null;
  /** The scopes that the authorization server granted; null when it named none. */
  scope: string | null;
  /** The login that waits for a user; null without one. */
  pending: { login: string; expiresAt: number } | null;
  /** The outcome of the latest completed login; `error` is null after a success. */
  last: { login: string; error: string | null } | null;
}

export interface LoginDeps {
  store: LoginStore;
  /** Returns the default redirect address; `undefined` when no browser can reach the daemon. */
  redirectUrl(): string | undefined;
  /** Masks secrets in the error messages of servers. */
  redact(text: string): string;
}

/** Milliseconds after which an unfinished token exchange counts as interrupted. */
const EXCHANGE = 60_000;

/** Starts, completes and deletes logins to MCP servers. The OAuth library is loaded with the first of them only. */
export class Logins {
  readonly #deps: LoginDeps;

  constructor(deps: LoginDeps) {
    this.#deps = deps;
  }

  access(place: Place): Access {
    const refresh = async (...given: Parameters<typeof import('./exchange.ts').refreshGrant>) => {
      const { refreshGrant } = await import('./exchange.ts');
      return refreshGrant(...given);
    };
    return accessBy(new Grants(place, this.#deps.store, refresh));
  }

  state(place: Place): LoginState {
    const stored = this.#deps.store.read(place.name);
    const ours = stored?.url === place.url ? stored : undefined;
    const grant = grantFor(place, ours);
    const { pending, last } = ours ?? {};
    const interrupted = pending && Date.now() > (pending.answeredAt ?? Number.POSITIVE_INFINITY) + EXCHANGE;
    const waits = pending && !interrupted && pending.expiresAt > Date.now();
    const ended = interrupted ? { login: pending.login, error: 'the daemon was interrupted' } : last;
    return {
      since: grant?.at ?? null,
      scope: grant?.tokens.scope ?? null,
      pending: waits ? { login: pending.login, expiresAt: pending.expiresAt } : null,
      last: ended ? { login: ended.login, error: ended.error ?? null } : null,
    };
  }

  /** Starts a login and replaces one that is still pending. Rejects with McpLoginFailedError. */
  async begin(place: Place): Promise<LoginBegun> {
    const { store, redirectUrl } = this.#deps;
    const { name, url, oauth } = place;
    const { beginLogin } = await import('./begin.ts');
    const stored = store.read(name);
    const found = stored?.url === url ? stored : undefined;
    const ours = oauth.redirectUrl ?? redirectUrl();
    if (ours === undefined) throw new McpLoginFailedError(name, NOWHERE);
    const site = { ...place, found, redirectUrl: ours };
    const begun = await beginLogin(site, Date.now()).catch((error: unknown) => {
      throw this.#redacted(name, error);
    });
    const { registration, pending, authorizationUrl } = begun;
    await store.locked(name, async (held) => {
      const before = held.read();
      const { grant, wanted } = before?.url === url ? before : emptyLogin(url);
      held.write({ ...emptyLogin(url), grant, wanted, registration, pending });
    });
    return { login: pending.login, url: authorizationUrl, expiresAt: pending.expiresAt };
  }

  /**
   * Finds the target whose pending login has the `state` of this response. Throws McpLoginUnknownError without a
   * match.
   */
  awaiting(answer: URLSearchParams, places: readonly Place[]): Place {
    const state = answer.get('state') ?? '';
    const found = places.find((place) => this.#pending(place, state));
    if (!found) throw new McpLoginUnknownError();
    return found;
  }

  /**
   * Completes a login with the response of the authorization server. A response counts once, whether it succeeds or
   * not. Rejects with McpLoginUnknownError, McpLoginExpiredError, McpLoginRefusedError or McpLoginFailedError.
   */
  async finish(place: Place, answer: URLSearchParams): Promise<void> {
    const { store } = this.#deps;
    const { name } = place;
    const { exchangeAnswer } = await import('./exchange.ts');
    const { PATIENCE } = await import('./begin.ts');
    await store.locked(name, async (held) => {
      const pending = this.#pending(place, answer.get('state') ?? '');
      const found = held.read();
      if (!pending || !found) throw new McpLoginUnknownError();
      const { pending: _, ...rest } = found;
      const { login } = pending;
      // Written before the response is used, so that it cannot count again, even after a crash.
      held.write({ ...found, pending: { ...pending, answeredAt: Date.now() } });
      try {
        if (pending.expiresAt <= Date.now()) throw new McpLoginExpiredError(name, PATIENCE);
        const grant = await exchangeAnswer(place, pending, answer, Date.now());
        held.write({ ...rest, grant, wanted: undefined, last: { login } });
      } catch (error) {
        const known = this.#redacted(name, error);
        held.write({ ...rest, last: { login, error: known.why } });
        throw known;
      }
    });
  }

  /** Deletes tokens and registration from the disk; resolves with whether there was a stored login. */
  forget(name: string): Promise<boolean> {
    return this.#deps.store.locked(name, async (held) => {
      const found = held.read() !== undefined;
      held.remove();
      return found;
    });
  }

  #pending({ name, url }: Place, state: string): Pending | undefined {
    const stored = this.#deps.store.read(name);
    if (stored?.url !== url || !stored.pending || stored.pending.answeredAt !== undefined) return undefined;
    return timingSafeEqual(digest(stored.pending.state), digest(state)) ? stored.pending : undefined;
  }

  #redacted(name: string, error: unknown): McpLoginFailedError | McpLoginRefusedError | McpLoginExpiredError {
    if (error instanceof McpLoginRefusedError || error instanceof McpLoginExpiredError) return error;
    const why = error instanceof McpLoginFailedError ? error.why : String(error);
    return new McpLoginFailedError(name, this.#deps.redact(why));
  }
}

const NOWHERE = 'no browser can reach the daemon; set "oauth.redirectUrl" to an address where one can';

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
