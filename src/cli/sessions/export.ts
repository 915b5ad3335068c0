import { connect } from '../../client/client.ts';
import { visibleJson } from '../../util/visible-text.ts';
import type { Cli } from '../kit/context.ts';

/** One JSON document, never in memory as a whole. A terminal gets the same document with hidden characters spelled out. */
export async function exportSession({ target }: Cli, session: string): Promise<void> {
  for await (const piece of connect(target).export(session)) {
    process.stdout.write(process.stdout.isTTY ? visibleJson(piece) : piece);
  }
  process.stdout.write('\n');
}
