import { userInfo } from 'node:os';
import type { Target } from '../../client/target.ts';

/**
 * Under which name somebody decides: the one that they give, else that of their account; with a token, the one that it
 * proves.
 */
export function nameOr(given: string | undefined, target: Target): { from?: string } {
  const hasToken = 'token' in target && target.token !== undefined;
  const from = given ?? (hasToken ? undefined : accountName());
  return from === undefined ? {} : { from };
}

/** Absent for a user without an entry, as in some containers. */
function accountName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
