import type { ApprovalBody } from '../../protocol/approvals.ts';
import { connect } from '../../protocol/client/client.ts';
import type { Cli } from '../context.ts';
import { print, printJson } from '../output.ts';
import { styled } from '../style.ts';
import { harmless, oneLine } from '../text.ts';
import { relativeTime } from '../time.ts';

/** Everything about a question; the arguments whole, for whoever approves them has to see them. */
export async function showApproval({ target, json }: Cli, id: string): Promise<void> {
  const found = await connect(target).approval(id);
  if (json) return printJson(found);
  for (const [name, value] of factsOf(found, Date.now())) {
    print(`${styled('dim', name.padEnd(10))} ${oneLine(value, 2000)}`);
  }
  print(harmless(JSON.stringify(found.input, null, 2)));
}

function factsOf(approval: ApprovalBody, now: number): [string, string][] {
  const { session, agent, tool, call, rule, requester, state, requestedAt, expiresAt } = approval;
  const { resolvedAt, from, note } = approval;
  const by = from === null ? '' : ` by ${from}`;
  const end: [string, string] =
    resolvedAt === null
      ? ['expires', relativeTime(expiresAt, now)]
      : ['decided', `${relativeTime(resolvedAt, now)}${by}${note === null ? '' : `: ${note}`}`];
  return [
    ['question', approval.approval],
    ['state', state],
    ['session', session],
    ['agent', agent],
    ['call', `${tool} (${call})`],
    ['rule', rule],
    ['wanted by', requester ?? 'somebody without a name'],
    ['asked', relativeTime(requestedAt, now)],
    end,
  ];
}
