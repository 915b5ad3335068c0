import { ConfigUnreadableError } from '../../errors/config.ts';
import type { ConfigView } from '../../protocol/config.ts';

/** The text that an edit starts from. Throws ConfigUnreadableError: an edit of an empty text would drop every other key. */
export function editableSource({ source, readable, problem }: ConfigView): string {
  if (readable === false) throw new ConfigUnreadableError(problem?.message ?? 'the file cannot be read');
  return source;
}
