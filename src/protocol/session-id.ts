import { z } from 'zod';

/** Longest session id in bytes of UTF-8. */
const SESSION_ID_BYTES = 512;

/** Why this cannot be the id of a session; `undefined` when it can. The one place that knows the rule. */
export function sessionIdFault(id: string): string | undefined {
  if (id === '') return 'it is empty';
  if (!id.isWellFormed()) return 'it is not valid Unicode';
  if (/\p{Cc}/u.test(id)) return 'it contains a control character';
  // URL parsers resolve these two as path segments, in any encoding; such a session could not be addressed.
  if (id === '.' || id === '..') return 'it is a relative path segment';
  const bytes = new TextEncoder().encode(id).length;
  if (bytes > SESSION_ID_BYTES) return `it has ${bytes} bytes of UTF-8, the limit is ${SESSION_ID_BYTES}`;
  return undefined;
}

export const sessionId = z
  .string()
  .superRefine((id, context) => {
    const fault = sessionIdFault(id);
    if (fault) context.addIssue({ code: 'custom', message: `not a session id: ${fault}` });
  })
  .meta({
    description: `Id of the session, chosen by the caller: 1 to ${SESSION_ID_BYTES} bytes of UTF-8 without control characters. Percent-encoded in a path, slashes too.`,
    example: 'slack/D0AC6CKBK5K/1774021483.588239',
  });
