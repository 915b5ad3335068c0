/** Longest file name in characters; file systems allow 255 bytes. */
const LONGEST = 120;

/**
 * Returns a name that is safe as a file name on every system; empty when nothing is left of it:
 *   1. Folders are removed: `../../etc/passwd` becomes `passwd`.
 *   2. Control, format and reserved characters are removed or replaced: `a:b?.txt` becomes `a_b_.txt`.
 *   3. Dots and spaces at the ends are removed: `.bashrc` becomes `bashrc`.
 *   4. A long name is cut in the middle, so that its extension stays.
 */
export function sanitizeFileName(name: string): string {
  const base = name.toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const plain = base
    .normalize('NFC')
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}\ufffd]/gu, '')
    .replaceAll(/[<>:"|?*]/g, '_')
    .replaceAll(/^[.\s]+|[.\s]+$/g, '');
  const characters = [...plain];
  if (characters.length <= LONGEST) return plain;
  const extension = /\.[\p{L}\p{N}]{1,10}$/u.exec(plain)?.[0] ?? '';
  return characters.slice(0, LONGEST - extension.length).join('') + extension;
}
