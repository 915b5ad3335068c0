import type { ApprovalBody } from '../../protocol/approvals.ts';
import { connect } from '../../protocol/client/client.ts';
import { argumentsOf } from '../chat/calls.ts';
import type { Cli } from '../context.ts';
import { print, printJson } from '../output.ts';
import { type Column, table } from '../table.ts';
import { oneLine } from '../text.ts';
import { relativeTime } from '../time.ts';

/** The most that one request gives. */
const LIMIT = 1000;

export async function listApprovals({ target, json }: Cli, all: boolean): Promise<void> {
  const found = await connect(target).approvals({ limit: LIMIT, ...(all ? {} : { state: 'pending' }) });
  if (json) return printJson(found);
  if (found.approvals.length === 0) {
    print(all ? 'No call has ever waited for an approval.' : 'No call waits for an approval.');
    return;
  }
  const lines = table(columns(all, Date.now()), found.approvals, process.stdout.isTTY === true);
  for (const line of lines) print(line);
}

function columns(all: boolean, now: number): Column<ApprovalBody>[] {
  return [
    { title: 'ID', cell: ({ approval }) => approval },
    ...(all ? [{ title: 'STATE', cell: ({ state }: ApprovalBody) => state }] : []),
    { title: 'SESSION', max: 40, cell: ({ session }) => oneLine(session, 600) },
    { title: 'TOOL', max: 30, cell: ({ tool }) => oneLine(tool, 128) },
    {
      title: 'ABOUT',
      max: 60,
      cell: ({ inquiry, input }) => (inquiry ? `asks: ${oneLine(inquiry.message, 200)}` : argumentsOf(input)),
    },
    { title: 'ASKED', cell: ({ requestedAt }) => relativeTime(requestedAt, now) },
    all
      ? { title: 'BY', max: 20, cell: ({ from }) => oneLine(from ?? '', 256) }
      : { title: 'EXPIRES', cell: ({ expiresAt }) => relativeTime(expiresAt, now) },
  ];
}
