import { type Command, Option } from 'commander';
import { readGlobalOptions } from '../kit/context.ts';
import type { DecideOptions } from './decide.ts';

/** Adds the `approvals` commands, with which an approver lists, inspects and decides waiting tool calls. */
export function addApprovalCommands(approvals: Command): void {
  approvals
    .command('ls')
    .description('list tool calls that wait for an approval, newest first')
    .option('--all', 'also list decided, expired and superseded ones')
    .action(async ({ all = false }: { all?: boolean }, command: Command) => {
      const { printApprovals: listApprovals } = await import('./ls.ts');
      await listApprovals(readGlobalOptions(command), all);
    });
  approvals
    .command('show')
    .description('show the complete call, who requested it and how it was decided')
    .argument('<id>', 'id of the question')
    .action(async (id: string, _options, command: Command) => {
      const { showApproval } = await import('./show.ts');
      await showApproval(readGlobalOptions(command), id);
    });
  approvals
    .command('approve')
    .description("allow the call, or answer a tool's question")
    .argument('<id>', 'id of the question')
    .addOption(
      new Option(
        '--scope <scope>',
        'how far the approval reaches: this call, this session, or every session of the agent',
      )
        .choices(['once', 'session', 'always'])
        .default('once'),
    )
    .option('--set <name=value>', 'set one field of the answer; repeatable', appendOptionValue)
    .option('--content <json>', 'the complete answer as a JSON object')
    .option('--note <text>', 'a comment that is stored with the decision')
    .option('--from <name>', 'who decides (default: your user name, or whose the token is)')
    .action(async (id: string, options: DecideOptions, command: Command) => {
      const { decideApproval } = await import('./decide.ts');
      await decideApproval(readGlobalOptions(command), id, 'approve', options);
    });
  approvals
    .command('deny')
    .description('reject the call, or decline to answer; the agent is told and continues')
    .argument('<id>', 'id of the question')
    .option('--note <text>', 'the reason, which the agent sees')
    .option('--from <name>', 'who decides (default: your user name, or whose the token is)')
    .action(async (id: string, options: DecideOptions, command: Command) => {
      const { decideApproval } = await import('./decide.ts');
      await decideApproval(readGlobalOptions(command), id, 'deny', options);
    });
  approvals
    .command('grants')
    .description('list approvals that cover more than one call')
    .action(async (_options, command: Command) => {
      const { printGrants: listGrants } = await import('./grants.ts');
      await listGrants(readGlobalOptions(command));
    });
  approvals
    .command('revoke')
    .description('revoke a grant, starting with the next call')
    .argument('<agent>', 'the agent')
    .argument('<rule>', 'the rule, as `grants` prints it')
    .option('--session <session>', 'the session that the grant is limited to')
    .action(async (agent: string, rule: string, options: { session?: string }, command: Command) => {
      const { revokeGrant } = await import('./revoke.ts');
      await revokeGrant(readGlobalOptions(command), { agent, rule, ...options });
    });
}

function appendOptionValue(value: string, before: string[] = []): string[] {
  return [...before, value];
}
