import type { ApprovalBody } from '../../protocol/approvals.ts';
import { connect } from '../../protocol/client/client.ts';
import type { InquiryBody } from '../../protocol/inquiries.ts';
import type { Cli } from '../context.ts';
import { describeField } from '../inquiries/fields.ts';
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
  if (found.inquiry) for (const text of questionLines(found.inquiry)) print(text);
  if (found.content) print(`${styled('dim', 'answer')}\n${harmless(JSON.stringify(found.content, null, 2))}`);
}

function questionLines({ asker, message, fields, url }: InquiryBody): string[] {
  return [
    styled('bold', `${oneLine(asker, 200)} asks:`),
    harmless(message),
    ...(url === undefined ? [] : [`Page: ${oneLine(url, 4000)}`]),
    ...fields.map((field) => `  ${describeField(field)}`),
  ];
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
    ...(rule === '' ? [] : [['rule', rule] satisfies [string, string]]),
    ['wanted by', requester ?? 'somebody without a name'],
    ['asked', relativeTime(requestedAt, now)],
    end,
  ];
}
