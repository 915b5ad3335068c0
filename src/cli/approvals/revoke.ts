import { connect } from '../../client/client.ts';
import type { RevokeBody } from '../../protocol/approvals.ts';
import { print, printJson } from '../../terminal/output.ts';
import { visibleLine } from '../../util/visible-text.ts';
import type { Cli } from '../kit/context.ts';

export async function revokeGrant({ target, json }: Cli, grant: RevokeBody): Promise<void> {
  const revoked = await connect(target).revoke(grant);
  if (json) return printJson(revoked);
  const { agent, session, rule } = revoked;
  const where =
    session === null ? `in the sessions of ${agent}` : `in session ${visibleLine(session)} of ${agent}`;
  print(`${visibleLine(rule)} needs approval again ${where}.`);
}
