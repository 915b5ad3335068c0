import type { ConfigRevisions } from '../../protocol/config.ts';
import { print, printJson } from '../../terminal/output.ts';
import { type Column, table } from '../../terminal/table.ts';
import { oneLine } from '../../terminal/text.ts';
import { relativeTime } from '../../terminal/time.ts';
import type { Cli } from '../kit/context.ts';
import { accessConfig } from './access/access.ts';
import { NO_REVISIONS } from './words.ts';

type Row = ConfigRevisions['revisions'][number];

export async function configHistory(cli: Cli): Promise<void> {
  const access = await accessConfig(cli);
  const found = await access.revisions();
  if (cli.json) return printJson(found);
  if (found.revisions.length === 0) return print(NO_REVISIONS);
  const lines = table(
    columns(access.daemon ? found.current : 0, Date.now()),
    found.revisions,
    process.stdout.isTTY === true,
  );
  for (const line of lines) print(line);
}

function columns(current: number, now: number): Column<Row>[] {
  return [
    { title: 'REVISION', right: true, cell: ({ number }) => String(number) },
    { title: 'STATE', cell: ({ number, state }) => (number === current ? `${state}, runs` : state) },
    { title: 'ACCEPTED', cell: ({ at }) => relativeTime(at, now) },
    { title: 'CHANGES', max: 80, cell: changes },
  ];
}

function changes({ origin, keys, reason }: Row): string {
  const what = origin === 'default' ? 'no file: the defaults' : keys.join(', ') || 'the whole file';
  return oneLine(reason === undefined ? what : `${what}: ${reason}`, 200);
}
