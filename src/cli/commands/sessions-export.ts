import { connect } from '../../protocol/client/client.ts';
import type { Cli } from '../context.ts';

/** One JSON document, never in memory as a whole. */
export async function exportSession({ target }: Cli, session: string): Promise<void> {
  for await (const piece of connect(target).export(session)) process.stdout.write(piece);
  process.stdout.write('\n');
}
