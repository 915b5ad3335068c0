import { connect } from '../../protocol/client/client.ts';
import type { Cli } from '../context.ts';
import { print, printJson } from '../output.ts';
import { oneLine } from '../text.ts';

export async function revokeGrant({ target, json }: Cli, agent: string, rule: string): Promise<void> {
  const revoked = await connect(target).revoke(agent, rule);
  if (json) printJson(revoked);
  else print(`${oneLine(rule, 2000)} needs an approval again in the sessions of ${agent}.`);
}
