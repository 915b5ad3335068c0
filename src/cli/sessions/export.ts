import { connect } from '../../client/client.ts';
import { visibleJson } from '../../util/visible-text.ts';
import type { Cli } from '../kit/context.ts';

/**
 * Prints a session as one JSON document, streamed so that it never is in memory as a whole. On a terminal, hidden
 * characters in it are spelled out.
 */
export async function exportSession({ target }: Cli, session: string): Promise<void> {
  for await (const piece of connect(target).export(session)) {
    process.stdout.write(process.stdout.isTTY ? visibleJson(piece) : piece);
  }
  process.stdout.write('\n');
}
