import { NotYourNameError } from '../../errors/http.ts';

/** What somebody asks for, under the name that the token proves, if it proves one. Throws NotYourNameError. */
export function proven<T extends { from?: string }>(asked: T, person: string | null): T {
  if (person === null) return asked;
  if (asked.from !== undefined && asked.from !== person) throw new NotYourNameError(person, asked.from);
  return { ...asked, from: person };
}
