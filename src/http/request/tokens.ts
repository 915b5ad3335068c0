import { createHash, timingSafeEqual } from 'node:crypto';
import type { ApiConfig } from '../ports/deps.ts';
import { createOperator, type Principal } from '../ports/principal.ts';

/** The tokens of the configuration, of all kinds. */
export type KnownTokens = Pick<ApiConfig, 'tokens' | 'people' | 'clients'>;

/** Owner of a token. */
export interface TokenHolder {
  /** Description for the log. */
  words: string;
  principal: Principal;
}

/** Returns the token of an `Authorization: Bearer` header. */
export function parseBearer(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}

/** Finds the owner of a token; the time it takes reveals nothing about the known tokens. */
export function findTokenHolder(given: string | undefined, known: KnownTokens): TokenHolder | undefined {
  if (given === undefined) return undefined;
  let found: TokenHolder | undefined;
  // No early exit, and digests of equal length.
  for (const { token, ...holder } of listHolders(known)) {
    if (timingSafeEqual(hashToken(token), hashToken(given))) found = holder;
  }
  return found;
}

export function hasTokens({ tokens, people, clients }: KnownTokens): boolean {
  return tokens.length > 0 || Object.keys(people).length > 0 || Object.keys(clients).length > 0;
}

function listHolders({ tokens, people, clients }: KnownTokens): (TokenHolder & { token: string })[] {
  return [
    ...tokens.map((token, index) => ({
      ...{ token, words: `with token ${index + 1} of auth.tokens` },
      principal: createOperator('tcp'),
    })),
    ...Object.entries(people).map(([name, token]) => ({
      ...{ token, words: `as ${name}` },
      principal: { role: 'approver' as const, name, via: 'tcp' as const, scope: null },
    })),
    ...Object.entries(clients).map(([name, { token, role, sessions, agents }]) => ({
      ...{ token, words: `as ${name}` },
      principal: {
        ...{ role, name, via: 'tcp' as const },
        scope: sessions || agents ? { sessions, agents } : null,
      },
    })),
  ];
}

function hashToken(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
