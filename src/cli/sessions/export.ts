import { createNodeClient } from '../../client/node.ts';
import { toVisibleJson } from '../../util/visible-text.ts';
import type { CliContext } from '../kit/context.ts';

/**
 * Prints a session as one JSON document, streamed so that it never is in memory as a whole. On a terminal, hidden
 * characters in it are spelled out.
 */
export async function exportSession({ target }: CliContext, session: string): Promise<void> {
  for await (const piece of createNodeClient(target).exportSession(session)) {
    process.stdout.write(process.stdout.isTTY ? toVisibleJson(piece) : piece);
  }
  process.stdout.write('\n');
}
