import { connect } from '../../client/client.ts';
import type { EffectPage } from '../../protocol/sessions.ts';
import { pageWriter } from '../../terminal/pages.ts';
import type { Column } from '../../terminal/table.ts';
import { oneLine } from '../../terminal/text.ts';
import { relativeTime } from '../../terminal/time.ts';
import type { Cli } from '../kit/context.ts';

type Row = EffectPage['effects'][number];

const PAGE = 500;

/** Prints the recorded effects of a session page by page, oldest first, with attempts and outcome. */
export async function listEffects(
  cli: Cli,
  session: string,
  { limit, after = 0 }: { limit?: number; after?: number },
): Promise<void> {
  const client = connect(cli.target);
  const write = pageWriter<Row>(cli.json, 'effects', () => columns(Date.now()));
  let left = limit ?? Number.POSITIVE_INFINITY;
  for (let from: number | undefined = after; from !== undefined && left > 0; ) {
    const page: EffectPage = await client.effects(session, { after: from, limit: Math.min(left, PAGE) });
    write.rows(page.effects);
    left -= page.effects.length;
    from = page.next;
  }
  write.end();
}

function columns(now: number): Column<Row>[] {
  return [
    { title: 'SEQ', right: true, cell: ({ seq }) => String(seq) },
    { title: 'STARTED', cell: ({ startedAt }) => (startedAt === null ? '-' : relativeTime(startedAt, now)) },
    { title: 'TOOL', max: 30, cell: ({ tool }) => oneLine(tool, 128) },
    { title: 'EFFECT', cell: ({ effect }) => effect ?? '-' },
    { title: 'TRIES', right: true, cell: ({ attempts }) => String(attempts) },
    { title: 'OUTCOME', cell: ({ outcome }) => outcome },
    { title: 'TOOK', right: true, cell: took },
    { title: 'ARGUMENTS', max: 60, cell: ({ input }) => oneLine(JSON.stringify(input) ?? '', 2000) },
  ];
}

function took({ startedAt, endedAt }: Row): string {
  return startedAt === null || endedAt === null ? '-' : `${((endedAt - startedAt) / 1000).toFixed(1)} s`;
}
