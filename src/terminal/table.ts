import { measureWidth, shortenText } from './text.ts';

export interface TableColumn<Row> {
  title: string;
  /** Returns the text of the cell, which must be a single line without control characters. */
  cell(row: Row): string;
  /** Maximum width on a terminal, in columns; `right` aligns the column to the right, for numbers. */
  max?: number;
  right?: boolean;
}

/** Formats rows as lines with titles. Columns are as wide as their content; `max` limits them on a terminal only. */
export function formatTable<Row>(
  columns: readonly TableColumn<Row>[],
  rows: readonly Row[],
  terminal: boolean,
): string[] {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)));
  const titles = columns.map(({ title }) => title);
  const widths = columns.map(({ max = Number.POSITIVE_INFINITY }, index) => {
    const widest = Math.max(...[titles, ...cells].map((line) => measureWidth(line[index] ?? '')));
    return terminal ? Math.min(max, widest) : widest;
  });
  const line = (texts: string[]) =>
    texts
      .map((text, index) =>
        padCell(shortenText(text, widths[index] ?? 0), widths[index] ?? 0, columns[index]?.right ?? false),
      )
      .join('  ')
      .trimEnd();
  return [titles, ...cells].map(line);
}

function padCell(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - measureWidth(text)));
  return right ? space + text : text + space;
}
