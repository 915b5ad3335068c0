import { createNodeClient } from '../../client/node.ts';
import type { SessionPage } from '../../protocol/sessions.ts';
import { createPageWriter } from '../../terminal/pages.ts';
import type { TableColumn } from '../../terminal/table.ts';
import { toOneLine } from '../../terminal/text.ts';
import { formatRelativeTime } from '../../terminal/time.ts';
import type { CliContext } from '../kit/context.ts';

export interface SessionListOptions {
  status?: string;
  agent?: string;
  prefix?: string;
  order: 'id' | 'recent';
  /** Only sessions that changed within this many milliseconds before now. */
  since?: number;
  /** Maximum number of sessions to print; all of them when absent. */
  limit?: number;
}

type SessionRow = SessionPage['sessions'][number];

const PAGE_LIMIT = 500;

/** Prints the sessions page by page as they arrive, so that memory does not limit how many can be listed. */
export async function printSessions(
  cli: CliContext,
  { limit, since, ...rest }: SessionListOptions,
): Promise<void> {
  const client = createNodeClient(cli.target);
  const filter = since === undefined ? rest : { ...rest, since: Math.max(0, Date.now() - since) };
  const write = createPageWriter(cli.json, 'sessions', () => sessionColumns(Date.now()));
  let left = limit ?? Number.POSITIVE_INFINITY;
  for (let after: string | undefined; left > 0; ) {
    const page = await client.listSessions({
      ...filter,
      limit: Math.min(left, PAGE_LIMIT),
      ...(after === undefined ? {} : { after }),
    });
    write.writeRows(page.sessions);
    left -= page.sessions.length;
    after = page.next;
    if (after === undefined) break;
  }
  write.close();
}

function sessionColumns(now: number): TableColumn<SessionRow>[] {
  return [
    { title: 'SESSION', max: 60, cell: ({ session }) => toOneLine(session, 600) },
    { title: 'AGENT', max: 20, cell: ({ agent }) => toOneLine(agent, 128) },
    { title: 'STATUS', cell: ({ status, damaged }) => (damaged === null ? status : 'damaged') },
    { title: 'SEQ', right: true, cell: ({ seq }) => String(seq) },
    { title: 'UPDATED', cell: ({ updatedAt }) => formatRelativeTime(updatedAt, now) },
  ];
}
