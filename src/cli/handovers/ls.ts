import { connect } from '../../client/client.ts';
import type { Handover } from '../../protocol/handovers.ts';
import { print, printJson } from '../../terminal/output.ts';
import { type Column, table } from '../../terminal/table.ts';
import { oneLine } from '../../terminal/text.ts';
import { relativeTime } from '../../terminal/time.ts';
import type { Cli } from '../kit/context.ts';
import { handoverPage } from './page.ts';
import { duration, sessionCounts, tookOf } from './words.ts';

/** Prints the latest handovers, newest first, with phase, duration and the states of their sessions. */
export async function listHandovers({ target, json }: Cli, limit: number): Promise<void> {
  const page = await connect(target).handovers({ limit });
  if (json) return printJson(page);
  if (page.handovers.length === 0) return print('No handovers yet.');
  for (const line of table(columns(Date.now()), page.handovers, process.stdout.isTTY === true)) print(line);
}

export async function showHandover({ target, json }: Cli, id: string): Promise<void> {
  const report = await connect(target).handover(id);
  if (json) return printJson(report);
  for (const line of handoverPage(report, Date.now())) print(line);
}

function columns(now: number): Column<Handover>[] {
  return [
    { title: 'ID', right: true, cell: ({ id }) => oneLine(id, 15) },
    { title: 'CAUSE', cell: ({ cause }) => cause },
    { title: 'PHASE', cell: ({ phase }) => phase },
    { title: 'BEGAN', cell: ({ phases }) => relativeTime(phases[0]?.at ?? now, now) },
    { title: 'TOOK', right: true, cell: (report) => duration(tookOf(report)) },
    { title: 'SESSIONS', cell: ({ sessions }) => sessionCounts(sessions) || 'none' },
    { title: 'REASON', max: 60, cell: ({ reason, failure }) => oneLine(failure ?? reason, 200) },
  ];
}
