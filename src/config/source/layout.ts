import type { Node } from 'jsonc-parser';

/** A text that is edited, with the line breaks and the indentation that its author uses. */
export interface SourceLayout {
  text: string;
  lineBreak: string;
  /** One level of indentation. */
  unit: string;
}

export function detectLayout(text: string, root: Node | undefined): SourceLayout {
  const first = root?.children?.[0]?.offset;
  const indent = first !== undefined && startsLine(text, first) ? getIndent(text, first) : '';
  return { text, lineBreak: text.includes('\r\n') ? '\r\n' : '\n', unit: indent || '  ' };
}

/** Maximum length of a list of plain values on one line; other values get one line for each member. */
const SHORT = 80;

/** Renders a value whose first line is indented by `indent`, in the layout of the text. */
export function renderValue(value: unknown, indent: string, sheet: SourceLayout): string {
  const isList = Array.isArray(value);
  const line = isList || !isGroup(value) ? renderInline(value) : '';
  const isPlain = !isList || (!value.some(isGroup) && line.length <= SHORT);
  if (line !== '' && isPlain) return line;
  const inner = indent + sheet.unit;
  const members = isList
    ? value.map((item) => renderValue(item, inner, sheet))
    : Object.entries(value ?? {}).map(
        ([name, item]) => `${JSON.stringify(name)}: ${renderValue(item, inner, sheet)}`,
      );
  const [open, close] = isList ? '[]' : '{}';
  if (members.length === 0) return `${open}${close}`;
  const lines = members.join(`,${sheet.lineBreak}${inner}`);
  return `${open}${sheet.lineBreak}${inner}${lines}${sheet.lineBreak}${indent}${close}`;
}

/** Renders a value on a single line, as for lists of plain values and objects inside one-line objects. */
export function renderInline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(renderInline).join(', ')}]`;
  if (!isGroup(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([name, item]) => `${JSON.stringify(name)}: ${renderInline(item)}`,
  );
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

function isGroup(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Returns the whitespace at the beginning of the line that contains an offset. */
export function getIndent(text: string, offset: number): string {
  const start = findLineStart(text, offset);
  let end = start;
  while (end < offset && isBlank(text[end])) end++;
  return text.slice(start, end);
}

/** Checks whether only whitespace precedes an offset on its line. */
export function startsLine(text: string, offset: number): boolean {
  let at = offset;
  while (at > 0 && isBlank(text[at - 1])) at--;
  return at === 0 || isBreak(text[at - 1]);
}

export function findLineStart(text: string, offset: number): number {
  let at = offset;
  while (at > 0 && !isBreak(text[at - 1])) at--;
  return at;
}

function isBlank(char: string | undefined): boolean {
  return char === ' ' || char === '\t';
}

function isBreak(char: string | undefined): boolean {
  return char === '\n' || char === '\r';
}
