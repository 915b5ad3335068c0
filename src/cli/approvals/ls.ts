import { connect } from '../../client/client.ts';
import type { ApprovalBody } from '../../protocol/approvals.ts';
import { print, printJson } from '../../terminal/output.ts';
import { type Column, table } from '../../terminal/table.ts';
import { oneLine, shortenCounted } from '../../terminal/text.ts';
import { relativeTime } from '../../terminal/time.ts';
import { visibleLine } from '../../util/visible-text.ts';
import type { Cli } from '../kit/context.ts';
import { callLine } from './whole-call.ts';

/** Approvals per request; the API returns no more than this in one page. */
const LIMIT = 1000;
/** Columns for the subject of a question, when the list goes to a terminal. */
const ABOUT = 60;

export async function listApprovals({ target, json }: Cli, all: boolean): Promise<void> {
  const found = await connect(target).approvals({ limit: LIMIT, ...(all ? {} : { state: 'pending' }) });
  if (json) return printJson(found);
  if (found.approvals.length === 0) {
    print(all ? 'No approvals yet.' : 'No call is waiting for an approval.');
    return;
  }
  const terminal = process.stdout.isTTY === true;
  for (const line of table(columns(all, terminal, Date.now()), found.approvals, terminal)) print(line);
  if (found.approvals.some((approval) => isCut(approval, terminal))) {
    print('\n… +N: N characters are hidden; `midturn approvals show ID` shows the complete call.');
  }
}

/** Describes the subject of an approval in full on one line: the tool's question, or the call's arguments. */
function aboutOf({ inquiry, input }: ApprovalBody): string {
  return inquiry ? `asks: ${visibleLine(inquiry.message)}` : callLine(input);
}

/** Shortens the subject for a terminal and appends how many characters are hidden; a pipe or a file gets all of it. */
function shownAbout(approval: ApprovalBody, terminal: boolean): string {
  return terminal ? shortenCounted(aboutOf(approval), ABOUT) : aboutOf(approval);
}

function isCut(approval: ApprovalBody, terminal: boolean): boolean {
  return shownAbout(approval, terminal) !== aboutOf(approval);
}

function columns(all: boolean, terminal: boolean, now: number): Column<ApprovalBody>[] {
  return [
    { title: 'ID', cell: ({ approval }) => approval },
    ...(all ? [{ title: 'STATE', cell: ({ state }: ApprovalBody) => state }] : []),
    { title: 'SESSION', max: 40, cell: ({ session }) => oneLine(session, 600) },
    { title: 'TOOL', cell: ({ tool }) => oneLine(tool, 128) },
    { title: 'ABOUT', cell: (approval) => shownAbout(approval, terminal) },
    { title: 'ASKED', cell: ({ requestedAt }) => relativeTime(requestedAt, now) },
    all
      ? { title: 'BY', max: 20, cell: ({ from }) => oneLine(from ?? '', 256) }
      : { title: 'EXPIRES', cell: ({ expiresAt }) => relativeTime(expiresAt, now) },
  ];
}
