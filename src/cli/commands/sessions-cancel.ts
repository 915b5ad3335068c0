import { connect } from '../../protocol/client/client.ts';
import type { Cli } from '../context.ts';
import { print, printJson } from '../output.ts';

export async function cancelSession({ target, json }: Cli, session: string, reason?: string): Promise<void> {
  const receipt = await connect(target).cancel(session, reason === undefined ? {} : { reason });
  if (json) printJson(receipt);
  else print(`Everything that ${session} had accepted and not finished is being cancelled.`);
}
