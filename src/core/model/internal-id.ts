/** What ids of inputs that nobody outside may choose begin with: an id that is taken is not stored again. */
export const RESERVED = 'midturn:';

/** Id of an input that a session is sent by Midturn itself. */
export function internalId(id: string): string {
  return `${RESERVED}${id}`;
}
