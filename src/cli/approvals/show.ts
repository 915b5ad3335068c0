import { createNodeClient } from '../../client/node.ts';
import type { ApprovalBody } from '../../protocol/approvals.ts';
import type { InquiryBody } from '../../protocol/inquiries.ts';
import { print, printJson } from '../../terminal/output.ts';
import { applyStyle } from '../../terminal/style.ts';
import { formatRelativeTime } from '../../terminal/time.ts';
import { toVisibleLine } from '../../util/visible-text.ts';
import { describeField } from '../inquiries/fields.ts';
import type { CliContext } from '../kit/context.ts';
import { formatCallRows, formatTextRows } from './whole-call.ts';

/** Prints an approval in full: the complete call and rule, with hidden characters spelled out, and its decision. */
export async function showApproval({ target, json }: CliContext, id: string): Promise<void> {
  const found = await createNodeClient(target).getApproval(id);
  if (json) return printJson(found);
  for (const [name, value] of listFacts(found, Date.now())) {
    print(`${applyStyle('dim', name.padEnd(10))} ${toVisibleLine(value)}`);
  }
  for (const row of formatCallRows(found.input)) print(row);
  if (found.inquiry) for (const text of formatElicitation(found.inquiry)) print(text);
  if (found.content)
    for (const text of [applyStyle('dim', 'answer'), ...formatCallRows(found.content)]) print(text);
}

function formatElicitation({ asker, message, fields, url }: InquiryBody): string[] {
  return [
    applyStyle('bold', `${toVisibleLine(asker)} asks:`),
    ...formatTextRows(message),
    ...(url === undefined ? [] : [`Page: ${toVisibleLine(url)}`]),
    ...fields.map((field) => `  ${describeField(field)}`),
  ];
}

function listFacts(approval: ApprovalBody, now: number): [string, string][] {
  const { session, agent, tool, call, rule, requester, state, requestedAt, expiresAt } = approval;
  const { resolvedAt, from, note } = approval;
  const by = from === null ? '' : ` by ${from}`;
  const end: [string, string] =
    resolvedAt === null
      ? ['expires', formatRelativeTime(expiresAt, now)]
      : ['decided', `${formatRelativeTime(resolvedAt, now)}${by}${note === null ? '' : `: ${note}`}`];
  return [
    ['question', approval.approval],
    ['state', state],
    ['session', session],
    ['agent', agent],
    ['call', `${tool} (${call})`],
    ...(rule === '' ? [] : [['rule', rule] satisfies [string, string]]),
    ['wanted by', requester ?? 'an unnamed client'],
    ['asked', formatRelativeTime(requestedAt, now)],
    end,
  ];
}
