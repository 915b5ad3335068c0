import { createNodeClient } from '../../client/node.ts';
import type { ApprovalBody } from '../../protocol/approvals.ts';
import { print, printJson } from '../../terminal/output.ts';
import { formatTable, type TableColumn } from '../../terminal/table.ts';
import { shortenWithCount, toOneLine } from '../../terminal/text.ts';
import { formatRelativeTime } from '../../terminal/time.ts';
import { toVisibleLine } from '../../util/visible-text.ts';
import type { CliContext } from '../kit/context.ts';
import { formatCallLine } from './whole-call.ts';

/** Approvals per request; the API returns no more than this in one page. */
const PAGE_LIMIT = 1000;
/** Columns for the subject of a question, when the list goes to a terminal. */
const SUBJECT_WIDTH = 60;

export async function printApprovals({ target, json }: CliContext, all: boolean): Promise<void> {
  const found = await createNodeClient(target).listApprovals({
    limit: PAGE_LIMIT,
    ...(all ? {} : { state: 'pending' }),
  });
  if (json) return printJson(found);
  if (found.approvals.length === 0) {
    print(all ? 'No approvals yet.' : 'No call is waiting for an approval.');
    return;
  }
  const terminal = process.stdout.isTTY === true;
  for (const line of formatTable(approvalColumns(all, terminal, Date.now()), found.approvals, terminal))
    print(line);
  if (found.approvals.some((approval) => isShortened(approval, terminal))) {
    print('\n… +N: N characters are hidden; `midturn approvals show ID` shows the complete call.');
  }
}

/** Describes the subject of an approval in full on one line: the tool's question, or the call's arguments. */
function describeSubject({ inquiry, input }: ApprovalBody): string {
  return inquiry ? `asks: ${toVisibleLine(inquiry.message)}` : formatCallLine(input);
}

/** Shortens the subject for a terminal and appends how many characters are hidden; a pipe or a file gets all of it. */
function shortenSubject(approval: ApprovalBody, terminal: boolean): string {
  return terminal ? shortenWithCount(describeSubject(approval), SUBJECT_WIDTH) : describeSubject(approval);
}

function isShortened(approval: ApprovalBody, terminal: boolean): boolean {
  return shortenSubject(approval, terminal) !== describeSubject(approval);
}

function approvalColumns(all: boolean, terminal: boolean, now: number): TableColumn<ApprovalBody>[] {
  return [
    { title: 'ID', cell: ({ approval }) => approval },
    ...(all ? [{ title: 'STATE', cell: ({ state }: ApprovalBody) => state }] : []),
    { title: 'SESSION', max: 40, cell: ({ session }) => toOneLine(session, 600) },
    { title: 'TOOL', cell: ({ tool }) => toOneLine(tool, 128) },
    { title: 'ABOUT', cell: (approval) => shortenSubject(approval, terminal) },
    { title: 'ASKED', cell: ({ requestedAt }) => formatRelativeTime(requestedAt, now) },
    all
      ? { title: 'BY', max: 20, cell: ({ from }) => toOneLine(from ?? '', 256) }
      : { title: 'EXPIRES', cell: ({ expiresAt }) => formatRelativeTime(expiresAt, now) },
  ];
}
