import { stripVTControlCharacters } from 'node:util';

/**
 * Text of others (models, tools, people) as it may go to a terminal: without escape sequences, which could rewrite
 * the screen or worse. Line breaks and tabs stay.
 */
export function harmless(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[^\P{Cc}\n\t]/gu, '');
}

/** One line of it, for lists and notes. */
export function oneLine(text: string, columns: number): string {
  return shorten(harmless(text).replaceAll(/\s+/g, ' ').trim(), columns);
}

/** Cut to so many columns, with an ellipsis when something was cut. */
export function shorten(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let width = 0;
  let kept = '';
  for (const { segment } of graphemes.segment(text)) {
    width += widthOfGrapheme(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Columns that the text takes on a terminal; wide scripts and emoji take two. */
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
