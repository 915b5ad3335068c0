/**
 * Text as UTF-16: cuts fall between characters, never inside a surrogate pair, because providers refuse a request
 * that contains half a character. Lengths are counted in UTF-16 units.
 */

/** The first `most` units of a text, one less where the cut would split a character. */
export function takeHead(text: string, most: number): string {
  return sliceText(text, 0, most);
}

/** The last `most` units of a text, one less where the cut would split a character. */
export function takeTail(text: string, most: number): string {
  return sliceText(text, text.length - most, text.length);
}

/** The units from `from` to `to` (end excluded); a character that either bound would split is left out. */
export function sliceText(text: string, from: number, to: number): string {
  const start = Math.max(0, Math.floor(from));
  const end = Math.min(text.length, Math.floor(to));
  if (end <= start) return '';
  return text.slice(
    splitsCharacter(text, start) ? start + 1 : start,
    splitsCharacter(text, end) ? end - 1 : end,
  );
}

function splitsCharacter(text: string, at: number): boolean {
  return isBetween(text.charCodeAt(at - 1), 0xd800, 0xdbff) && isBetween(text.charCodeAt(at), 0xdc00, 0xdfff);
}

function isBetween(unit: number, first: number, last: number): boolean {
  return unit >= first && unit <= last;
}

/**
 * Whether a text shows nothing: white space, control characters and code points that are invisible by default.
 * Providers refuse such a text as a message.
 */
export function isBlank(text: string): boolean {
  return !/[^\s\p{Cc}\p{Z}\p{Default_Ignorable_Code_Point}]/u.test(text);
}
