import type { ConfigRevisions } from '../../protocol/config.ts';
import { print, printJson } from '../../terminal/output.ts';
import { formatTable, type TableColumn } from '../../terminal/table.ts';
import { toOneLine } from '../../terminal/text.ts';
import { formatRelativeTime } from '../../terminal/time.ts';
import type { CliContext } from '../kit/context.ts';
import { accessConfig } from './access/access.ts';
import { NO_REVISIONS } from './words.ts';

type RevisionRow = ConfigRevisions['revisions'][number];

export async function printConfigHistory(cli: CliContext): Promise<void> {
  const access = await accessConfig(cli);
  const found = await access.listRevisions();
  if (cli.json) return printJson(found);
  if (found.revisions.length === 0) return print(NO_REVISIONS);
  const lines = formatTable(
    revisionColumns(access.daemon ? found.current : 0, Date.now()),
    found.revisions,
    process.stdout.isTTY === true,
  );
  for (const line of lines) print(line);
}

function revisionColumns(current: number, now: number): TableColumn<RevisionRow>[] {
  return [
    { title: 'REVISION', right: true, cell: ({ number }) => String(number) },
    { title: 'STATE', cell: ({ number, state }) => (number === current ? `${state}, runs` : state) },
    { title: 'ACCEPTED', cell: ({ at }) => formatRelativeTime(at, now) },
    { title: 'CHANGES', max: 80, cell: describeChanges },
  ];
}

function describeChanges({ origin, keys, reason }: RevisionRow): string {
  const what = origin === 'default' ? 'no file: the defaults' : keys.join(', ') || 'the whole file';
  return toOneLine(reason === undefined ? what : `${what}: ${reason}`, 200);
}
