import { connect } from '../../client/client.ts';
import type { ApprovalBody } from '../../protocol/approvals.ts';
import type { InquiryBody } from '../../protocol/inquiries.ts';
import { print, printJson } from '../../terminal/output.ts';
import { styled } from '../../terminal/style.ts';
import { relativeTime } from '../../terminal/time.ts';
import { visibleLine } from '../../util/visible-text.ts';
import { describeField } from '../inquiries/fields.ts';
import type { Cli } from '../kit/context.ts';
import { callRows, textRows } from './whole-call.ts';

/** Prints an approval in full: the complete call and rule, with hidden characters spelled out, and its decision. */
export async function showApproval({ target, json }: Cli, id: string): Promise<void> {
  const found = await connect(target).approval(id);
  if (json) return printJson(found);
  for (const [name, value] of factsOf(found, Date.now())) {
    print(`${styled('dim', name.padEnd(10))} ${visibleLine(value)}`);
  }
  for (const row of callRows(found.input)) print(row);
  if (found.inquiry) for (const text of questionLines(found.inquiry)) print(text);
  if (found.content) for (const text of [styled('dim', 'answer'), ...callRows(found.content)]) print(text);
}

function questionLines({ asker, message, fields, url }: InquiryBody): string[] {
  return [
    styled('bold', `${visibleLine(asker)} asks:`),
    ...textRows(message),
    ...(url === undefined ? [] : [`Page: ${visibleLine(url)}`]),
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
    ['wanted by', requester ?? 'an unnamed client'],
    ['asked', relativeTime(requestedAt, now)],
    end,
  ];
}
