import { userInfo } from 'node:os';
import type { Target } from '../../client/transport/target.ts';

/**
 * Chooses the name under which the user sends and decides:
 * 1. The name from `--from`, such as `--from ann`.
 * 2. With a token, no name: the daemon takes the one that belongs to the token.
 * 3. Otherwise the name of the user account, such as `ann` for `/home/ann`.
 */
export function resolveUserName(given: string | undefined, target: Target): { from?: string } {
  const hasToken = 'token' in target && target.token !== undefined;
  const from = given ?? (hasToken ? undefined : readAccountName());
  return from === undefined ? {} : { from };
}

/** Returns the account's user name; `undefined` for a user id without a passwd entry, as in some containers. */
function readAccountName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
