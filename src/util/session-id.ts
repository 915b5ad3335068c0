/** Maximum length of a session id, in bytes of UTF-8. */
export const SESSION_ID_BYTES = 512;

/**
 * Returns why the text cannot be a session id; `undefined` when it can. This function is the only place that knows
 * the rule.
 */
export function findSessionIdFault(id: string): string | undefined {
  if (id === '') return 'it is empty';
  if (!id.isWellFormed()) return 'it is not valid Unicode';
  if (/\p{Cc}/u.test(id)) return 'it contains a control character';
  // URL parsers resolve these two as path segments, in any encoding; such a session could not be addressed.
  if (id === '.' || id === '..') return 'it is a relative path segment';
  const bytes = new TextEncoder().encode(id).length;
  if (bytes > SESSION_ID_BYTES) return `it has ${bytes} bytes of UTF-8, the limit is ${SESSION_ID_BYTES}`;
  return undefined;
}
