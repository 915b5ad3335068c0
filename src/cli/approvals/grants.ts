import { createNodeClient } from '../../client/node.ts';
import type { GrantPage } from '../../protocol/approvals.ts';
import { print, printJson } from '../../terminal/output.ts';
import { formatTable, type TableColumn } from '../../terminal/table.ts';
import { toOneLine } from '../../terminal/text.ts';
import { formatRelativeTime } from '../../terminal/time.ts';
import { toVisibleLine } from '../../util/visible-text.ts';
import type { CliContext } from '../kit/context.ts';

/** Lists approvals that cover more than one call. Rules are printed in full, so that they can be passed to `revoke`. */
export async function printGrants({ target, json }: CliContext): Promise<void> {
  const found = await createNodeClient(target).listGrants();
  if (json) return printJson(found);
  if (found.grants.length === 0) print('No grants: every approval so far covers a single call.');
  else for (const line of formatTable(grantColumns(Date.now()), found.grants, false)) print(line);
}

function grantColumns(now: number): TableColumn<GrantPage['grants'][number]>[] {
  return [
    { title: 'AGENT', cell: ({ agent }) => toOneLine(agent, 128) },
    { title: 'SESSION', cell: ({ session }) => toOneLine(session ?? 'all', 600) },
    { title: 'GRANTED', cell: ({ at }) => formatRelativeTime(at, now) },
    { title: 'BY', cell: ({ from }) => toOneLine(from ?? '', 256) },
    { title: 'RULE', cell: ({ rule }) => toVisibleLine(rule) },
  ];
}
