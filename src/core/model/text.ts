/**
 * Cuts text between characters, never inside a surrogate pair, because providers refuse a request that contains half a
 * character. Lengths are in UTF-16 units.
 */

/** Returns the first `most` units of a text, or one less where the cut would split a character. */
export function takeHead(text: string, most: number): string {
  return sliceText(text, 0, most);
}

/** Returns the last `most` units of a text, or one less where the cut would split a character. */
export function takeTail(text: string, most: number): string {
  return sliceText(text, text.length - most, text.length);
}

/** Returns the units from `from` to `to` (exclusive); a character that either bound would split is left out. */
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
 * Checks whether a text shows nothing: only white space, control characters and code points that are invisible by
 * default. Providers refuse a message with such a text.
 */
export function isBlank(text: string): boolean {
  return !/[^\s\p{Cc}\p{Z}\p{Default_Ignorable_Code_Point}]/u.test(text);
}
