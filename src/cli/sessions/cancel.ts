import { createNodeClient } from '../../client/node.ts';
import { print, printJson } from '../../terminal/output.ts';
import type { CliContext } from '../kit/context.ts';

export async function cancelSession(
  { target, json }: CliContext,
  session: string,
  reason?: string,
): Promise<void> {
  const receipt = await createNodeClient(target).cancelInputs(
    session,
    reason === undefined ? {} : { reason },
  );
  if (json) printJson(receipt);
  else print(`Cancelling the running turn and all queued messages of ${session}.`);
}
