import { toVisibleJson, toVisibleText } from '../util/visible-text.ts';

/**
 * Writes a line to stdout. Only Midturn's own styles pass; other control and format characters are spelled out, so that
 * text from a model or a tool cannot control the terminal.
 */
export function print(text: string): void {
  process.stdout.write(`${keepStyles(text)}\n`);
}

/** Writes a line to stderr, with the same protection against control characters as `print`. */
export function printError(text: string): void {
  process.stderr.write(`${keepStyles(text)}\n`);
}

/** Writes text that programs may need unchanged: a pipe or a file gets it as it is, a terminal as `print` shows it. */
export function printRaw(text: string): void {
  if (process.stdout.isTTY) print(text);
  else process.stdout.write(`${text}\n`);
}

/** Writes a value as JSON: indented on a terminal, and on a single line for a pipe or a file. */
export function printJson(value: unknown): void {
  print(formatJson(value, process.stdout.isTTY ? 2 : undefined));
}

/** Formats a value as JSON with hidden characters escaped, so that a terminal shows all of it. */
export function formatJson(value: unknown, indent?: number): string {
  return toVisibleJson(JSON.stringify(value, null, indent));
}

function keepStyles(text: string): string {
  const parts = text.split(STYLE_CODES);
  return parts.map((part, index) => (index % 2 === 1 ? part : toVisibleText(part))).join('');
}

/** Matches the escape sequences that `applyStyle` writes; they are the only ones that reach the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
const STYLE_CODES = /(\x1b\[(?:1|2|22|31|32|33|39)m)/;
