import { createNodeClient } from '../../client/node.ts';
import type { UsageReportBody } from '../../protocol/usage/usage.ts';
import { print, printJson } from '../../terminal/output.ts';
import { applyStyle } from '../../terminal/style.ts';
import { formatTable, type TableColumn } from '../../terminal/table.ts';
import { toOneLine } from '../../terminal/text.ts';
import type { CliContext } from '../kit/context.ts';
import { describeCost } from '../kit/cost.ts';

export interface UsageOptions {
  by: UsageReportBody['by'];
  /** Only this many milliseconds before now. */
  since?: number;
  session?: string;
  csv?: true;
}

type UsageGroup = UsageReportBody['groups'][number];

/** Prints what model calls used and cost, as a table, as CSV, or with `--json` as the answer of the API. */
export async function printUsage(
  { target, json }: CliContext,
  { by, since, session, csv }: UsageOptions,
): Promise<void> {
  const report = await createNodeClient(target).reportUsage({
    by,
    ...(since === undefined ? {} : { since: Math.max(0, Date.now() - since) }),
    ...(session === undefined ? {} : { session }),
  });
  if (json) return printJson(report);
  if (csv) return printCsv(report);
  if (report.groups.length === 0) return print('No model calls.');
  const { name, version, date } = report.catalogue;
  const rows = [...report.groups, { ...report.total, value: 'total' }];
  for (const line of formatTable(usageColumns(by), rows, process.stdout.isTTY === true)) print(line);
  print(applyStyle('dim', `prices of ${date} (${name} ${version}), or as configured`));
}

function usageColumns(by: string): TableColumn<UsageGroup>[] {
  const count = (title: string, read: (group: UsageGroup) => number): TableColumn<UsageGroup> => ({
    title,
    right: true,
    cell: (group) => String(read(group)),
  });
  return [
    { title: by.toUpperCase(), max: 60, cell: ({ value }) => toOneLine(value ?? '-', 600) },
    count('CALLS', ({ calls }) => calls),
    count('FAILED', ({ failed }) => failed),
    count('INPUT', ({ input }) => input),
    count('CACHED', ({ cached }) => cached),
    count('OUTPUT', ({ output }) => output),
    { title: 'COST', right: true, cell: describeCost },
  ];
}

const CSV_COLUMNS = [
  ...(['calls', 'failed', 'unmeasured', 'unpriced'] as const),
  ...(['input', 'output', 'cached', 'cacheWrite', 'reasoning', 'cost'] as const),
];

function printCsv({ by, groups }: UsageReportBody): void {
  print([by, ...CSV_COLUMNS].join(','));
  for (const group of groups) {
    print([quoteCell(group.value ?? ''), ...CSV_COLUMNS.map((name) => group[name] ?? '')].join(','));
  }
}

/** Quotes a cell; a text that a spreadsheet would run as a formula starts with an apostrophe. */
function quoteCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
