import { userInfo } from 'node:os';

/** Under which name somebody decides: the one that they give, else that of their account. */
export function nameOr(given: string | undefined): { from?: string } {
  const from = given ?? accountName();
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
