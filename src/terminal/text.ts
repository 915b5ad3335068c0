import { visibleText } from '../util/visible-text.ts';

/** Text of others on one line, white space collapsed, for lists and notes. */
export function oneLine(text: string, columns: number): string {
  return shorten(visibleText(text).replaceAll(/\s+/g, ' ').trim(), columns);
}

/** Cut to at most this many columns, with an ellipsis when something was cut. */
export function shorten(text: string, columns: number): string {
  return widthOf(text) <= columns ? text : `${headOf(text, columns - 1)}…`;
}

/** The same, but the mark says how many characters are hidden: for what an approver decides about. */
export function shortenCounted(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  const head = headOf(text, columns - ` … +${text.length}`.length);
  return `${head} … +${text.length - head.length}`;
}

/** Text as rows of at most this many columns; at least one row. */
export function wrapRows(text: string, columns: number): string[] {
  if (text.length * 2 <= columns || widthOf(text) <= columns) return [text];
  const rows: string[] = [];
  let [start, width] = [0, 0];
  for (const { segment, index } of graphemes.segment(text)) {
    const wide = widthOfGrapheme(segment);
    if (width + wide > columns && index > start) {
      rows.push(text.slice(start, index));
      [start, width] = [index, 0];
    }
    width += wide;
  }
  return [...rows, text.slice(start)];
}

/** The longest beginning that fits, cut between graphemes. */
function headOf(text: string, columns: number): string {
  let width = 0;
  let kept = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    width += widthOfGrapheme(segment);
    if (width > columns) break;
    kept = index + segment.length;
  }
  return text.slice(0, kept);
}

/** Columns that a text takes on a terminal; wide scripts and emoji take two. */
export function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += widthOfGrapheme(segment);
  return width;
}

const graphemes = new Intl.Segmenter();

const WIDE =
  /^[\p{Emoji_Presentation}\u{1100}-\u{115f}\u{2e80}-\u{303e}\u{3041}-\u{a4cf}\u{ac00}-\u{d7a3}\u{f900}-\u{faff}\u{fe30}-\u{fe6f}\u{ff00}-\u{ff60}\u{ffe0}-\u{ffe6}\u{20000}-\u{3fffd}]|\u{fe0f}/u;

function widthOfGrapheme(grapheme: string): number {
  if (WIDE.test(grapheme)) return 2;
  return /^[\p{Cc}\p{Mn}\p{Cf}]/u.test(grapheme) ? 0 : 1;
}
