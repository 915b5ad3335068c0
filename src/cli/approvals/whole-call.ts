import { wrapRows } from '../../terminal/text.ts';
import { visibleLine, visibleLines } from '../../util/visible-text.ts';

/** Rows that a terminal wraps itself would begin without the margin, where they could pass for our own words. */
const MARGIN = '  │ ';

/**
 * Everything that a call would do, as rows behind a margin: one argument after the other, nothing left out. Lines of a
 * text stay lines, with `↵` where they end; later lines are indented, so that none looks like another argument.
 */
export function callRows(input: unknown): string[] {
  return argumentsIn(input).flatMap(([name, value]) => {
    const [first = '', ...rest] = typeof value === 'string' ? visibleLines(value) : jsonLines(value);
    const head = name === undefined ? first : `${visibleLine(name)}: ${first}`;
    return marginRows([head, ...rest.map((line) => `  ${line}`)]);
  });
}

/** A text that an approver must see whole, as rows behind the same margin. */
export function textRows(text: string): string[] {
  return marginRows(visibleLines(text));
}

/** The whole call on one line: the value alone when there is just one argument. */
export function callLine(input: unknown): string {
  const values = argumentsIn(input).map(([, value]) => value);
  if (values.length === 0) return '';
  const [only] = values;
  return visibleLine(values.length === 1 && typeof only === 'string' ? only : (JSON.stringify(input) ?? ''));
}

function argumentsIn(input: unknown): [name: string | undefined, value: unknown][] {
  if (input === undefined) return [];
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return [[undefined, input]];
  return Object.entries(input);
}

function jsonLines(value: unknown): string[] {
  return (JSON.stringify(value, null, 2) ?? '').split('\n').map(visibleLine);
}

function marginRows(lines: readonly string[]): string[] {
  const columns = Math.max(20, screenColumns() - MARGIN.length - 1);
  return lines.flatMap((line) => wrapRows(line, columns).map((row) => MARGIN + row));
}

/** A pipe or a file has no width. */
function screenColumns(): number {
  return process.stdout.isTTY ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY;
}
