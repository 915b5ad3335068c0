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

/** A login that waits for a person. */
export interface LoginBegun {
  login: string;
  /** Where the person has to go. */
  url: string;
  expiresAt: number;
}

/** Where the login to a server stands; without secrets. */
export interface LoginState {
  /** When the login that is in force was made. */
  since: number | null;
  /** What it allows, in the words of the authorization server. */
  scope: string | null;
  /** The one that waits for a person. */
  pending: { login: string; expiresAt: number } | null;
  /** How the latest ended. */
  last: { login: string; error: string | null } | null;
}

export interface LoginDeps {
  store: LoginStore;
  /** Where browsers find us unless the configuration says. */
  redirectUrl(): string | undefined;
  /** Takes secrets out of what others say. */
  redact(text: string): string;
}

/** Milliseconds that turning an answer into tokens takes at most. */
const EXCHANGE = 60_000;

/** What people do to get in, and out. The library is loaded when somebody does. */
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

  /** A login that waited until now is given up. Rejects with McpLoginFailedError. */
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

  /** The place whose login waits for this answer. Throws McpLoginUnknownError. */
  awaiting(answer: URLSearchParams, places: readonly Place[]): Place {
    const state = answer.get('state') ?? '';
    const found = places.find((place) => this.#pending(place, state));
    if (!found) throw new McpLoginUnknownError();
    return found;
  }

  /** An answer counts once, whatever comes of it. */
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
      // On disk before the answer is used: it must not count again, whatever happens to us.
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

  /** Tokens and registration are gone from the disk when it resolves. `false` when there was nothing. */
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

const NOWHERE = 'no browser can reach the daemon; "oauth.redirectUrl" says where one can';

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
