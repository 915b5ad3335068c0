import { jsonText, print } from './output.ts';
import { type Column, table } from './table.ts';

/** Writer for a list that arrives page by page. It prints each page at once, so that memory does not limit the list. */
export interface PageWriter<Row> {
  rows(rows: readonly Row[]): void;
  end(): void;
}

/** Creates a page writer. `what` names the list, as the member of the JSON document and in `No sessions.` */
export function pageWriter<Row>(json: boolean, what: string, columns: () => Column<Row>[]): PageWriter<Row> {
  return json ? jsonWriter(what) : tableWriter(what, columns);
}

/** Creates a writer of a single JSON document such as `{"sessions": […]}`, which it writes piece by piece. */
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

/** Creates a writer of tables. Each page computes its own column widths, and only the first page has titles. */
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
