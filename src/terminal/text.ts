import { toVisibleText } from '../util/visible-text.ts';

/** Puts untrusted text on one line: control characters are spelled out, white space is collapsed, the rest is cut. */
export function toOneLine(text: string, columns: number): string {
  return shortenText(toVisibleText(text).replaceAll(/\s+/g, ' ').trim(), columns);
}

/** Cuts a text to at most this many columns, and ends it with an ellipsis if something was cut. */
export function shortenText(text: string, columns: number): string {
  return measureWidth(text) <= columns ? text : `${cutToWidth(text, columns - 1)}…`;
}

/** Cuts a text like `shorten`, but states how many characters are hidden, so that an approver knows of them. */
export function shortenWithCount(text: string, columns: number): string {
  if (measureWidth(text) <= columns) return text;
  const head = cutToWidth(text, columns - ` … +${text.length}`.length);
  return `${head} … +${text.length - head.length}`;
}

/** Wraps a text into rows of at most this many columns, between graphemes. Returns at least one row. */
export function wrapRows(text: string, columns: number): string[] {
  if (text.length * 2 <= columns || measureWidth(text) <= columns) return [text];
  const rows: string[] = [];
  let [start, width] = [0, 0];
  for (const { segment, index } of graphemes.segment(text)) {
    const wide = measureGrapheme(segment);
    if (width + wide > columns && index > start) {
      rows.push(text.slice(start, index));
      [start, width] = [index, 0];
    }
    width += wide;
  }
  return [...rows, text.slice(start)];
}

/** Returns the longest prefix that fits into this many columns, cut between graphemes. */
function cutToWidth(text: string, columns: number): string {
  let width = 0;
  let kept = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    width += measureGrapheme(segment);
    if (width > columns) break;
    kept = index + segment.length;
  }
  return text.slice(0, kept);
}

/** Measures how many columns a text takes on a terminal; wide scripts and emoji take two columns. */
export function measureWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += measureGrapheme(segment);
  return width;
}

const graphemes = new Intl.Segmenter();

const WIDE =
  /^[\p{Emoji_Presentation}\u{1100}-\u{115f}\u{2e80}-\u{303e}\u{3041}-\u{a4cf}\u{ac00}-\u{d7a3}\u{f900}-\u{faff}\u{fe30}-\u{fe6f}\u{ff00}-\u{ff60}\u{ffe0}-\u{ffe6}\u{20000}-\u{3fffd}]|\u{fe0f}/u;

function measureGrapheme(grapheme: string): number {
  if (WIDE.test(grapheme)) return 2;
  return /^[\p{Cc}\p{Mn}\p{Cf}]/u.test(grapheme) ? 0 : 1;
}
