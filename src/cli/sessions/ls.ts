import { connect } from '../../client/client.ts';
import type { SessionPage } from '../../protocol/sessions.ts';
import { pageWriter } from '../../terminal/pages.ts';
import type { Column } from '../../terminal/table.ts';
import { oneLine } from '../../terminal/text.ts';
import { relativeTime } from '../../terminal/time.ts';
import type { Cli } from '../kit/context.ts';

export interface ListOptions {
  status?: string;
  agent?: string;
  prefix?: string;
  order: 'id' | 'recent';
  /** Only sessions that changed within this many milliseconds before now. */
  since?: number;
  /** Maximum number of sessions to print; all of them when absent. */
  limit?: number;
}

type Row = SessionPage['sessions'][number];

const PAGE = 500;

/** Prints the sessions page by page as they arrive, so that memory does not limit how many can be listed. */
export async function listSessions(cli: Cli, { limit, since, ...rest }: ListOptions): Promise<void> {
  const client = connect(cli.target);
  const filter = since === undefined ? rest : { ...rest, since: Math.max(0, Date.now() - since) };
  const write = pageWriter(cli.json, 'sessions', () => columns(Date.now()));
  let left = limit ?? Number.POSITIVE_INFINITY;
  for (let after: string | undefined; left > 0; ) {
    const page = await client.sessions({
      ...filter,
      limit: Math.min(left, PAGE),
      ...(after === undefined ? {} : { after }),
    });
    write.rows(page.sessions);
    left -= page.sessions.length;
    after = page.next;
    if (after === undefined) break;
  }
  write.end();
}

function columns(now: number): Column<Row>[] {
  return [
    { title: 'SESSION', max: 60, cell: ({ session }) => oneLine(session, 600) },
    { title: 'AGENT', max: 20, cell: ({ agent }) => oneLine(agent, 128) },
    { title: 'STATUS', cell: ({ status, damaged }) => (damaged === null ? status : 'damaged') },
    { title: 'SEQ', right: true, cell: ({ seq }) => String(seq) },
    { title: 'UPDATED', cell: ({ updatedAt }) => relativeTime(updatedAt, now) },
  ];
}
