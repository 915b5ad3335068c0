import type { RevokeBody } from '../../protocol/approvals.ts';
import { connect } from '../../protocol/client/client.ts';
import { visibleLine } from '../../util/visible-text.ts';
import type { Cli } from '../context.ts';
import { print, printJson } from '../output.ts';

export async function revokeGrant({ target, json }: Cli, grant: RevokeBody): Promise<void> {
  const revoked = await connect(target).revoke(grant);
  if (json) return printJson(revoked);
  const { agent, session, rule } = revoked;
  const where =
    session === null ? `in the sessions of ${agent}` : `in session ${visibleLine(session)} of ${agent}`;
  print(`${visibleLine(rule)} needs an approval again ${where}.`);
}
