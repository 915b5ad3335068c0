import { connect } from '../../protocol/client/client.ts';
import type { SessionPage } from '../../protocol/sessions.ts';
import type { Cli } from '../context.ts';
import { print } from '../output.ts';
import { type Column, table } from '../table.ts';
import { oneLine } from '../text.ts';
import { relativeTime } from '../time.ts';

export interface ListOptions {
  status?: string;
  agent?: string;
  prefix?: string;
  /** All of them when absent. */
  limit?: number;
}

type Row = SessionPage['sessions'][number];

const PAGE = 500;

/** Prints page by page as they come, so that any number of sessions can be listed. */
export async function listSessions(cli: Cli, { limit, ...filter }: ListOptions): Promise<void> {
  const client = connect(cli.target);
  const write = cli.json ? jsonWriter() : tableWriter();
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

interface Writer {
  rows(rows: readonly Row[]): void;
  end(): void;
}

/** One document `{"sessions": […]}`, written as it grows. */
function jsonWriter(): Writer {
  let separator = '{"sessions":[';
  return {
    rows(rows) {
      for (const row of rows) {
        process.stdout.write(`${separator}${JSON.stringify(row)}`);
        separator = ',\n';
      }
    },
    end: () => print(separator === ',\n' ? ']}' : `${separator}]}`),
  };
}

/** Each page has its own widths; only the first has titles. */
function tableWriter(): Writer {
  let first = true;
  return {
    rows(rows) {
      if (rows.length === 0) return;
      const lines = table(columns(Date.now()), rows, process.stdout.isTTY === true);
      for (const line of first ? lines : lines.slice(1)) print(line);
      first = false;
    },
    end() {
      if (first) print('No sessions.');
    },
  };
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
