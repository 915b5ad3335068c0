import { formatJson, print } from './output.ts';
import { formatTable, type TableColumn } from './table.ts';

/** Writer for a list that arrives page by page. It prints each page at once, so that memory does not limit the list. */
export interface PageWriter<Row> {
  writeRows(rows: readonly Row[]): void;
  close(): void;
}

/** Creates a page writer. `what` names the list, as the member of the JSON document and in `No sessions.` */
export function createPageWriter<Row>(
  json: boolean,
  what: string,
  columns: () => TableColumn<Row>[],
): PageWriter<Row> {
  return json ? createJsonWriter(what) : createTableWriter(what, columns);
}

/** Creates a writer of a single JSON document such as `{"sessions": […]}`, which it writes piece by piece. */
function createJsonWriter<Row>(what: string): PageWriter<Row> {
  let separator = `{${JSON.stringify(what)}:[`;
  let empty = true;
  return {
    writeRows(rows) {
      for (const row of rows) {
        process.stdout.write(`${separator}${formatJson(row)}`);
        separator = ',\n';
        empty = false;
      }
    },
    close: () => print(empty ? `${separator}]}` : ']}'),
  };
}

/** Creates a writer of tables. Each page computes its own column widths, and only the first page has titles. */
function createTableWriter<Row>(what: string, columns: () => TableColumn<Row>[]): PageWriter<Row> {
  let first = true;
  return {
    writeRows(rows) {
      if (rows.length === 0) return;
      const lines = formatTable(columns(), rows, process.stdout.isTTY === true);
      for (const line of first ? lines : lines.slice(1)) print(line);
      first = false;
    },
    close() {
      if (first) print(`No ${what}.`);
    },
  };
}
