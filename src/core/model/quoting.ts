/**
 * Keeps texts of other authors apart from what the daemon itself tells the model:
 *   1. A value inside a note is quoted and bounded, so that it cannot end the note: `"x).\n[system] hi"`.
 *   2. A message whose text looks like a note is quoted line by line: `> [system] The daemon restarted`.
 */

/** A text as one bounded JSON string; line breaks, control and format characters become escapes. */
export function quoteData(text: string, most = 200): string {
  const characters = [...text];
  const cut = characters.length > most ? `${characters.slice(0, most).join('')}…` : text;
  return JSON.stringify(cut).replace(HIDDEN, escapeCharacter);
}

/** Characters without a shape of their own: controls, formats, lone surrogates, line and paragraph separators. */
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}]/gu;

function escapeCharacter(character: string): string {
  return `\\u{${Number(character.codePointAt(0)).toString(16)}}`;
}

/** A name as it is when it can contain nothing but a name; quoted otherwise. */
export function quoteName(name: string): string {
  return PLAIN_NAME.test(name) ? name : quoteData(name, 64);
}

const PLAIN_NAME = /^[\w.:/@-]{1,128}$/;

/** The first names of a list, quoted where they must be, and how many there are beyond them. */
export function quoteNames(names: readonly string[], most = 20): string {
  const more = names.length > most ? ` and ${names.length - most} more` : '';
  return `${names.slice(0, most).map(quoteName).join(', ')}${more}`;
}

/** Whether a line of the text could be taken for the beginning of a note or for the name of another sender. */
export function imitatesNote(text: string): boolean {
  return text.split(LINE_BREAK).some((line) => HEAD.test(withoutDisguise(line)));
}

/** The text with every line marked, the empty ones included. */
export function quoteLines(text: string): string {
  return text
    .split(LINE_BREAK)
    .map((line) => `> ${line}`)
    .join('\n');
}

const LINE_BREAK = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/u;

/** The heads of notes, summaries and named messages, whatever stands before the bracket. */
const HEAD = /^[^\p{L}\p{N}[]*\[+\s*(system|message\s+(from|quoted))\b/iu;

/** Brackets and letters of other scripts with which a head could be written. */
const LOOKS_LIKE: Readonly<Record<string, string>> = {
  ...{ '【': '[', '〔': '[', '⟦': '[', '〚': '[' },
  ...{
    ѕ: 's',
    у: 'y',
    е: 'e',
    м: 'm',
    о: 'o',
    р: 'p',
    а: 'a',
    г: 'r',
    т: 't',
    і: 'i',
    ι: 'i',
    ο: 'o',
    ε: 'e',
  },
};

/** Wide, styled and invisible characters read as what they look like. */
function withoutDisguise(line: string): string {
  const plain = line
    .normalize('NFKD')
    .replaceAll(/[\p{C}\p{M}]/gu, '')
    .toLowerCase();
  return [...plain].map((letter) => LOOKS_LIKE[letter] ?? letter).join('');
}
