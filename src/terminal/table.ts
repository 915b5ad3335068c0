import { shorten, widthOf } from './text.ts';

export interface Column<Row> {
  title: string;
  /** Must be one line. */
  cell(row: Row): string;
  /** Widest that the column gets on a terminal; numbers are aligned to the right. */
  max?: number;
  right?: boolean;
}

/** Rows as lines; columns as wide as their content, within their maximum when the lines go to a terminal. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  terminal: boolean,
): string[] {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)));
  const titles = columns.map(({ title }) => title);
  const widths = columns.map(({ max = Number.POSITIVE_INFINITY }, index) => {
    const widest = Math.max(...[titles, ...cells].map((line) => widthOf(line[index] ?? '')));
    return terminal ? Math.min(max, widest) : widest;
  });
  const line = (texts: string[]) =>
    texts
      .map((text, index) =>
        pad(shorten(text, widths[index] ?? 0), widths[index] ?? 0, columns[index]?.right ?? false),
      )
      .join('  ')
      .trimEnd();
  return [titles, ...cells].map(line);
}

function pad(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return right ? space + text : text + space;
}
