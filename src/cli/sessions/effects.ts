import { createNodeClient } from '../../client/node.ts';
import type { EffectPage } from '../../protocol/sessions.ts';
import { createPageWriter } from '../../terminal/pages.ts';
import type { TableColumn } from '../../terminal/table.ts';
import { toOneLine } from '../../terminal/text.ts';
import { formatRelativeTime } from '../../terminal/time.ts';
import type { CliContext } from '../kit/context.ts';

type EffectRow = EffectPage['effects'][number];

const PAGE_LIMIT = 500;

/** Prints the recorded effects of a session page by page, oldest first, with attempts and outcome. */
export async function listEffects(
  cli: CliContext,
  session: string,
  { limit, after = 0 }: { limit?: number; after?: number },
): Promise<void> {
  const client = createNodeClient(cli.target);
  const write = createPageWriter<EffectRow>(cli.json, 'effects', () => effectColumns(Date.now()));
  let left = limit ?? Number.POSITIVE_INFINITY;
  for (let from: number | undefined = after; from !== undefined && left > 0; ) {
    const page: EffectPage = await client.readEffects(session, {
      after: from,
      limit: Math.min(left, PAGE_LIMIT),
    });
    write.writeRows(page.effects);
    left -= page.effects.length;
    from = page.next;
  }
  write.close();
}

function effectColumns(now: number): TableColumn<EffectRow>[] {
  return [
    { title: 'SEQ', right: true, cell: ({ seq }) => String(seq) },
    {
      title: 'STARTED',
      cell: ({ startedAt }) => (startedAt === null ? '-' : formatRelativeTime(startedAt, now)),
    },
    { title: 'TOOL', max: 30, cell: ({ tool }) => toOneLine(tool, 128) },
    { title: 'EFFECT', cell: ({ effect }) => effect ?? '-' },
    { title: 'TRIES', right: true, cell: ({ attempts }) => String(attempts) },
    { title: 'OUTCOME', cell: ({ outcome }) => outcome },
    { title: 'TOOK', right: true, cell: formatElapsedTime },
    { title: 'ARGUMENTS', max: 60, cell: ({ input }) => toOneLine(JSON.stringify(input) ?? '', 2000) },
  ];
}

function formatElapsedTime({ startedAt, endedAt }: EffectRow): string {
  return startedAt === null || endedAt === null ? '-' : `${((endedAt - startedAt) / 1000).toFixed(1)} s`;
}
