import { createNodeClient } from '../../client/node.ts';
import type { HandoverBody } from '../../protocol/handovers.ts';
import { print, printJson } from '../../terminal/output.ts';
import { formatTable, type TableColumn } from '../../terminal/table.ts';
import { toOneLine } from '../../terminal/text.ts';
import { formatRelativeTime } from '../../terminal/time.ts';
import type { CliContext } from '../kit/context.ts';
import { formatHandover } from './page.ts';
import { countSessionStates, formatElapsed, measureHandover } from './words.ts';

/** Prints the latest handovers, newest first, with phase, duration and the states of their sessions. */
export async function printHandovers({ target, json }: CliContext, limit: number): Promise<void> {
  const page = await createNodeClient(target).listHandovers({ limit });
  if (json) return printJson(page);
  if (page.handovers.length === 0) return print('No handovers yet.');
  for (const line of formatTable(handoverColumns(Date.now()), page.handovers, process.stdout.isTTY === true))
    print(line);
}

export async function printHandover({ target, json }: CliContext, id: string): Promise<void> {
  const report = await createNodeClient(target).getHandover(id);
  if (json) return printJson(report);
  for (const line of formatHandover(report, Date.now())) print(line);
}

function handoverColumns(now: number): TableColumn<HandoverBody>[] {
  return [
    { title: 'ID', right: true, cell: ({ id }) => toOneLine(id, 15) },
    { title: 'CAUSE', cell: ({ cause }) => cause },
    { title: 'PHASE', cell: ({ phase }) => phase },
    { title: 'BEGAN', cell: ({ phases }) => formatRelativeTime(phases[0]?.at ?? now, now) },
    { title: 'TOOK', right: true, cell: (report) => formatElapsed(measureHandover(report)) },
    { title: 'SESSIONS', cell: ({ sessions }) => countSessionStates(sessions) || 'none' },
    { title: 'REASON', max: 60, cell: ({ reason, failure }) => toOneLine(failure ?? reason, 200) },
  ];
}
