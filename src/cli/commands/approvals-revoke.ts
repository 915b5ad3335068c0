import type { RevokeBody } from '../../protocol/approvals.ts';
import { connect } from '../../protocol/client/client.ts';
import type { Cli } from '../context.ts';
import { print, printJson } from '../output.ts';
import { oneLine } from '../text.ts';

export async function revokeGrant({ target, json }: Cli, grant: RevokeBody): Promise<void> {
  const revoked = await connect(target).revoke(grant);
  if (json) return printJson(revoked);
  const { agent, session, rule } = revoked;
  const where =
    session === null ? `in the sessions of ${agent}` : `in session ${oneLine(session, 600)} of ${agent}`;
  print(`${oneLine(rule, 2000)} needs an approval again ${where}.`);
}
