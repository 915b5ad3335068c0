/** Prefix of input ids that clients must not choose, because an input whose id is already stored is dropped. */
export const RESERVED_PREFIX = 'midturn:';

/** Returns the id of an input that Midturn itself sends to a session, with the reserved prefix. */
export function createInternalId(id: string): string {
  return `${RESERVED_PREFIX}${id}`;
}
