import { ConfigUnreadableError } from '../../errors/config.ts';
import type { ConfigView } from '../../protocol/config.ts';

/**
 * Returns the text that an edit starts from. Throws ConfigUnreadableError when the file cannot be read, because editing
 * an empty text instead would drop every other key.
 */
export function requireReadableSource({ source, readable, problem }: ConfigView): string {
  if (readable === false) throw new ConfigUnreadableError(problem?.message ?? 'the file cannot be read');
  return source;
}
