import { type Command, Option } from 'commander';
import { cliOf } from '../kit/context.ts';
import type { DecideOptions } from './decide.ts';

/** Deciding about calls that wait for people. */
export function addApprovalCommands(approvals: Command): void {
  approvals
    .command('ls')
    .description('list calls that wait for people, newest first')
    .option('--all', 'those that are decided or over too')
    .action(async ({ all = false }: { all?: boolean }, command: Command) => {
      const { listApprovals } = await import('./ls.ts');
      await listApprovals(cliOf(command), all);
    });
  approvals
    .command('show')
    .description('the whole call, and what became of the question')
    .argument('<id>', 'id of the question')
    .action(async (id: string, _options, command: Command) => {
      const { showApproval } = await import('./show.ts');
      await showApproval(cliOf(command), id);
    });
  approvals
    .command('approve')
    .description('let the call run, or answer what a tool asks')
    .argument('<id>', 'id of the question')
    .addOption(
      new Option('--scope <scope>', 'also calls like it in this session, or in every session of the agent')
        .choices(['once', 'session', 'always'])
        .default('once'),
    )
    .option('--set <name=value>', 'a field of the answer; may be given several times', collect)
    .option('--content <json>', 'the whole answer')
    .option('--note <text>', 'kept with the decision')
    .option('--from <name>', 'who decides (default: your user name, or whose the token is)')
    .action(async (id: string, options: DecideOptions, command: Command) => {
      const { decideApproval } = await import('./decide.ts');
      await decideApproval(cliOf(command), id, 'approve', options);
    });
  approvals
    .command('deny')
    .description('keep the call from running, or decline to answer; the agent is told and goes on')
    .argument('<id>', 'id of the question')
    .option('--note <text>', 'why; the agent is told')
    .option('--from <name>', 'who decides (default: your user name, or whose the token is)')
    .action(async (id: string, options: DecideOptions, command: Command) => {
      const { decideApproval } = await import('./decide.ts');
      await decideApproval(cliOf(command), id, 'deny', options);
    });
  approvals
    .command('grants')
    .description('what was approved for a session, or for every session of an agent')
    .action(async (_options, command: Command) => {
      const { listGrants } = await import('./grants.ts');
      await listGrants(cliOf(command));
    });
  approvals
    .command('revoke')
    .description('take such an approval back; holds from the next call on')
    .argument('<agent>', 'the agent')
    .argument('<rule>', 'the rule, as `grants` prints it')
    .option('--session <session>', 'the one session for which it was approved')
    .action(async (agent: string, rule: string, options: { session?: string }, command: Command) => {
      const { revokeGrant } = await import('./revoke.ts');
      await revokeGrant(cliOf(command), { agent, rule, ...options });
    });
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}
