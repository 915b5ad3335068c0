import { createNodeClient } from '../../client/node.ts';
import type { RevokeBody } from '../../protocol/approvals.ts';
import { print, printJson } from '../../terminal/output.ts';
import { toVisibleLine } from '../../util/visible-text.ts';
import type { CliContext } from '../kit/context.ts';

export async function revokeGrant({ target, json }: CliContext, grant: RevokeBody): Promise<void> {
  const revoked = await createNodeClient(target).revokeGrant(grant);
  if (json) return printJson(revoked);
  const { agent, session, rule } = revoked;
  const where =
    session === null ? `in the sessions of ${agent}` : `in session ${toVisibleLine(session)} of ${agent}`;
  print(`${toVisibleLine(rule)} needs approval again ${where}.`);
}
