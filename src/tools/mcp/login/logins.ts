import { createHash, timingSafeEqual } from 'node:crypto';
import {
  McpLoginExpiredError,
  McpLoginFailedError,
  McpLoginRefusedError,
  McpLoginUnknownError,
} from '../../../errors/mcp-login.ts';
import { createAuthProvider, type McpAuthProvider } from './access.ts';
import { findValidGrant, TokenSource } from './grants.ts';
import type { LoginTarget } from './site.ts';
import type { LoginStore } from './store.ts';
import { createEmptyLogin, type StoredPendingLogin } from './stored.ts';

/** A login that was started and waits for a user to open its address in a browser. */
export interface StartedLogin {
  login: string;
  /** The address that the user must open in a browser. */
  url: string;
  expiresAt: number;
}

/** The state of the login to one server, without secrets, as status and API report it. */
export interface McpLoginState {
  /** The time of the current login, in milliseconds since the epoch; null without one. */
  since: number | null;
  /** The scopes that the authorization server granted; null when it named none. */
  scope: string | null;
  /** The login that waits for a user; null without one. */
  pending: { login: string; expiresAt: number } | null;
  /** The outcome of the latest completed login; `error` is null after a success. */
  last: { login: string; error: string | null } | null;
}

export interface McpLoginsDeps {
  store: LoginStore;
  /** Returns the default redirect address; `undefined` when no browser can reach the daemon. */
  redirectUrl(): string | undefined;
  /** Masks secrets in the error messages of servers. */
  redact(text: string): string;
}

/** Milliseconds after which an unfinished token exchange counts as interrupted. */
const EXCHANGE_TIMEOUT = 60_000;

/** Starts, completes and deletes logins to MCP servers. The OAuth library is loaded with the first of them only. */
export class McpLogins {
  readonly #deps: McpLoginsDeps;

  constructor(deps: McpLoginsDeps) {
    this.#deps = deps;
  }

  createAccess(place: LoginTarget): McpAuthProvider {
    const refresh = async (...given: Parameters<typeof import('./exchange.ts').refreshGrant>) => {
      const { refreshGrant } = await import('./exchange.ts');
      return refreshGrant(...given);
    };
    return createAuthProvider(new TokenSource(place, this.#deps.store, refresh));
  }

  readState(place: LoginTarget): McpLoginState {
    const stored = this.#deps.store.read(place.name);
    const ours = stored?.url === place.url ? stored : undefined;
    const grant = findValidGrant(place, ours);
    const { pending, last } = ours ?? {};
    const interrupted =
      pending && Date.now() > (pending.answeredAt ?? Number.POSITIVE_INFINITY) + EXCHANGE_TIMEOUT;
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
  async beginLogin(place: LoginTarget): Promise<StartedLogin> {
    const { store, redirectUrl } = this.#deps;
    const { name, url, oauth } = place;
    const { prepareLogin: beginLogin } = await import('./begin.ts');
    const stored = store.read(name);
    const found = stored?.url === url ? stored : undefined;
    const ours = oauth.redirectUrl ?? redirectUrl();
    if (ours === undefined) throw new McpLoginFailedError(name, NO_REDIRECT_URL);
    const site = { ...place, found, redirectUrl: ours };
    const begun = await beginLogin(site, Date.now()).catch((error: unknown) => {
      throw this.#redactError(name, error);
    });
    const { registration, pending, authorizationUrl } = begun;
    await store.withLock(name, async (held) => {
      const before = held.read();
      const { grant, wanted } = before?.url === url ? before : createEmptyLogin(url);
      held.write({ ...createEmptyLogin(url), grant, wanted, registration, pending });
    });
    return { login: pending.login, url: authorizationUrl, expiresAt: pending.expiresAt };
  }

  /**
   * Finds the target whose pending login has the `state` of this response. Throws McpLoginUnknownError without a
   * match.
   */
  findAwaitingTarget(answer: URLSearchParams, places: readonly LoginTarget[]): LoginTarget {
    const state = answer.get('state') ?? '';
    const found = places.find((place) => this.#findPending(place, state));
    if (!found) throw new McpLoginUnknownError();
    return found;
  }

  /**
   * Completes a login with the response of the authorization server. A response counts once, whether it succeeds or
   * not. Rejects with McpLoginUnknownError, McpLoginExpiredError, McpLoginRefusedError or McpLoginFailedError.
   */
  async finishLogin(place: LoginTarget, answer: URLSearchParams): Promise<void> {
    const { store } = this.#deps;
    const { name } = place;
    const { exchangeCode: exchangeAnswer } = await import('./exchange.ts');
    const { LOGIN_TIMEOUT_MINUTES: PATIENCE } = await import('./begin.ts');
    await store.withLock(name, async (held) => {
      const pending = this.#findPending(place, answer.get('state') ?? '');
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
        const known = this.#redactError(name, error);
        held.write({ ...rest, last: { login, error: known.why } });
        throw known;
      }
    });
  }

  /** Deletes tokens and registration from the disk; resolves with whether there was a stored login. */
  removeLogin(name: string): Promise<boolean> {
    return this.#deps.store.withLock(name, async (held) => {
      const found = held.read() !== undefined;
      held.remove();
      return found;
    });
  }

  #findPending({ name, url }: LoginTarget, state: string): StoredPendingLogin | undefined {
    const stored = this.#deps.store.read(name);
    if (stored?.url !== url || !stored.pending || stored.pending.answeredAt !== undefined) return undefined;
    return timingSafeEqual(hashText(stored.pending.state), hashText(state)) ? stored.pending : undefined;
  }

  #redactError(
    name: string,
    error: unknown,
  ): McpLoginFailedError | McpLoginRefusedError | McpLoginExpiredError {
    if (error instanceof McpLoginRefusedError || error instanceof McpLoginExpiredError) return error;
    const why = error instanceof McpLoginFailedError ? error.why : String(error);
    return new McpLoginFailedError(name, this.#deps.redact(why));
  }
}

const NO_REDIRECT_URL =
  'no browser can reach the daemon; set "oauth.redirectUrl" to an address where one can';

function hashText(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
