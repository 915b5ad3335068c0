import { visibleJson, visibleText } from '../util/visible-text.ts';

/** Writes lines to stdout. Only our own styles pass; other control and format characters are spelled out. */
export function print(text: string): void {
  process.stdout.write(`${keepStyles(text)}\n`);
}

/** Writes lines to stderr in the same way. */
export function printError(text: string): void {
  process.stderr.write(`${keepStyles(text)}\n`);
}

/** For text that programs may want as it is: a pipe or a file gets it unchanged, a terminal as `print` shows it. */
export function printRaw(text: string): void {
  if (process.stdout.isTTY) print(text);
  else process.stdout.write(`${text}\n`);
}

/** Indented on a terminal, else one line. */
export function printJson(value: unknown): void {
  print(jsonText(value, process.stdout.isTTY ? 2 : undefined));
}

/** JSON without hidden characters, so that a terminal shows all of it. */
export function jsonText(value: unknown, indent?: number): string {
  return visibleJson(JSON.stringify(value, null, indent));
}

function keepStyles(text: string): string {
  const parts = text.split(STYLES);
  return parts.map((part, index) => (index % 2 === 1 ? part : visibleText(part))).join('');
}

/** What `styled` writes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
const STYLES = /(\x1b\[(?:1|2|22|31|32|33|39)m)/;
