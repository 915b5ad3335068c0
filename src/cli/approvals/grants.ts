import { connect } from '../../client/client.ts';
import type { GrantPage } from '../../protocol/approvals.ts';
import { print, printJson } from '../../terminal/output.ts';
import { type Column, table } from '../../terminal/table.ts';
import { oneLine } from '../../terminal/text.ts';
import { relativeTime } from '../../terminal/time.ts';
import { visibleLine } from '../../util/visible-text.ts';
import type { Cli } from '../kit/context.ts';

/** Lists approvals that cover more than one call. Rules are printed in full, so that they can be passed to `revoke`. */
export async function listGrants({ target, json }: Cli): Promise<void> {
  const found = await connect(target).grants();
  if (json) return printJson(found);
  if (found.grants.length === 0) print('No grants: every approval so far covers a single call.');
  else for (const line of table(columns(Date.now()), found.grants, false)) print(line);
}

function columns(now: number): Column<GrantPage['grants'][number]>[] {
  return [
    { title: 'AGENT', cell: ({ agent }) => oneLine(agent, 128) },
    { title: 'SESSION', cell: ({ session }) => oneLine(session ?? 'all', 600) },
    { title: 'GRANTED', cell: ({ at }) => relativeTime(at, now) },
    { title: 'BY', cell: ({ from }) => oneLine(from ?? '', 256) },
    { title: 'RULE', cell: ({ rule }) => visibleLine(rule) },
  ];
}
