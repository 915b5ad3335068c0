import { wrapRows } from '../../terminal/text.ts';
import { toVisibleLine, toVisibleLines } from '../../util/visible-text.ts';

/**
 * Margin in front of every row of model-written text. Rows are wrapped here, because a row that the terminal wraps
 * would start without the margin and could pass for Midturn's own text.
 */
const MARGIN = '  │ ';

/**
 * Formats a call in full, as rows behind the margin, so that an approver sees exactly what would run:
 * 1. Every argument is shown, in order, and nothing is shortened.
 * 2. Line breaks in a text stay visible: each line ends with `↵`, as in `rm -rf build↵`.
 * 3. Later lines are indented, so that no line of a text looks like another argument.
 */
export function formatCallRows(input: unknown): string[] {
  return listArguments(input).flatMap(([name, value]) => {
    const [first = '', ...rest] = typeof value === 'string' ? toVisibleLines(value) : formatJsonLines(value);
    const head = name === undefined ? first : `${toVisibleLine(name)}: ${first}`;
    return addMargin([head, ...rest.map((line) => `  ${line}`)]);
  });
}

/** Formats a text that an approver must see in full, such as a rule, as rows behind the same margin. */
export function formatTextRows(text: string): string[] {
  return addMargin(toVisibleLines(text));
}

/** Formats a complete call on one line. A single string argument is shown without its name, such as `npm test`. */
export function formatCallLine(input: unknown): string {
  const values = listArguments(input).map(([, value]) => value);
  if (values.length === 0) return '';
  const [only] = values;
  return toVisibleLine(
    values.length === 1 && typeof only === 'string' ? only : (JSON.stringify(input) ?? ''),
  );
}

function listArguments(input: unknown): [name: string | undefined, value: unknown][] {
  if (input === undefined) return [];
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return [[undefined, input]];
  return Object.entries(input);
}

function formatJsonLines(value: unknown): string[] {
  return (JSON.stringify(value, null, 2) ?? '').split('\n').map(toVisibleLine);
}

function addMargin(lines: readonly string[]): string[] {
  const columns = Math.max(20, measureScreen() - MARGIN.length - 1);
  return lines.flatMap((line) => wrapRows(line, columns).map((row) => MARGIN + row));
}

/** Width of the terminal in columns (80 if unknown); infinite for a pipe or a file. */
function measureScreen(): number {
  return process.stdout.isTTY ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY;
}
