import { connect } from '../../client/client.ts';
import { print, printJson } from '../../terminal/output.ts';
import type { Cli } from '../kit/context.ts';

export async function cancelSession({ target, json }: Cli, session: string, reason?: string): Promise<void> {
  const receipt = await connect(target).cancel(session, reason === undefined ? {} : { reason });
  if (json) printJson(receipt);
  else print(`Cancelling the running turn and all queued messages of ${session}.`);
}
