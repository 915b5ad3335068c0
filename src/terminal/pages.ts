import { jsonText, print } from './output.ts';
import { type Column, table } from './table.ts';

/** Prints a list page by page as it comes, so that it may be of any length. */
export interface PageWriter<Row> {
  rows(rows: readonly Row[]): void;
  end(): void;
}

/** `what` names the list: the member of the JSON document, and what there is none of. */
export function pageWriter<Row>(json: boolean, what: string, columns: () => Column<Row>[]): PageWriter<Row> {
  return json ? jsonWriter(what) : tableWriter(what, columns);
}

/** One document `{"sessions": […]}`, written as it grows. */
function jsonWriter<Row>(what: string): PageWriter<Row> {
  let separator = `{${JSON.stringify(what)}:[`;
  let empty = true;
  return {
    rows(rows) {
      for (const row of rows) {
        process.stdout.write(`${separator}${jsonText(row)}`);
        separator = ',\n';
        empty = false;
      }
    },
    end: () => print(empty ? `${separator}]}` : ']}'),
  };
}

/** Each page has its own widths; only the first has titles. */
function tableWriter<Row>(what: string, columns: () => Column<Row>[]): PageWriter<Row> {
  let first = true;
  return {
    rows(rows) {
      if (rows.length === 0) return;
      const lines = table(columns(), rows, process.stdout.isTTY === true);
      for (const line of first ? lines : lines.slice(1)) print(line);
      first = false;
    },
    end() {
      if (first) print(`No ${what}.`);
    },
  };
}
