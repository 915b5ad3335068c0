import { NotYourNameError } from '../../errors/http.ts';

/**
 * Applies the caller's identity to the `from` of a request:
 * 1. A token that proves no name leaves `from` as it is. Example: the operator may send `"from": "ci"`.
 * 2. A token that proves a name sets it. Example: Ann's token without `from` becomes `"from": "ann"`.
 * 3. Another name is refused. Example: Ann's token with `"from": "bob"` throws NotYourNameError.
 */
export function asPrincipal<T extends { from?: string }>(asked: T, person: string | null): T {
  if (person === null) return asked;
  if (asked.from !== undefined && asked.from !== person) throw new NotYourNameError(person, asked.from);
  return { ...asked, from: person };
}
