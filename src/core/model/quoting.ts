/**
 * Keeps texts of other authors apart from what the daemon itself tells the model:
 *   1. A value inside a note is quoted and bounded, so that it cannot end the note: `"x).\n[system] hi"`.
 *   2. A message whose text looks like a note is quoted line by line: `> [system] The daemon restarted`.
 */

/** Returns a text as one JSON string of at most `most` characters; line breaks, controls and formats become escapes. */
export function quoteData(text: string, most = 200): string {
  const characters = [...text];
  const cut = characters.length > most ? `${characters.slice(0, most).join('')}…` : text;
  return JSON.stringify(cut).replace(HIDDEN, escapeCharacter);
}

/** Matches characters without a visible shape: controls, formats, lone surrogates, line and paragraph separators. */
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}]/gu;

function escapeCharacter(character: string): string {
  return `\\u{${Number(character.codePointAt(0)).toString(16)}}`;
}

/** Returns a name unchanged when it has only the characters of a name, and quoted otherwise. */
export function quoteName(name: string): string {
  return PLAIN_NAME.test(name) ? name : quoteData(name, 64);
}

const PLAIN_NAME = /^[\w.:/@-]{1,128}$/;

/** Returns the first `most` names of a list, quoted where needed, and the number of the others. */
export function quoteNames(names: readonly string[], most = 20): string {
  const more = names.length > most ? ` and ${names.length - most} more` : '';
  return `${names.slice(0, most).map(quoteName).join(', ')}${more}`;
}

/** Checks whether a line of the text could pass for the head of a note or for the name of another sender. */
export function imitatesNote(text: string): boolean {
  return text.split(LINE_BREAK).some((line) => NOTE_HEAD.test(normalizeLookalikes(line)));
}

/** Returns the text with `> ` before every line, including the empty ones. */
export function quoteLines(text: string): string {
  return text
    .split(LINE_BREAK)
    .map((line) => `> ${line}`)
    .join('\n');
}

const LINE_BREAK = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/u;

/** Matches the heads of notes, summaries and named messages, with any punctuation before the bracket. */
const NOTE_HEAD = /^[^\p{L}\p{N}[]*\[+\s*(system|message\s+(from|quoted))\b/iu;

/** Brackets and letters of other scripts that look like those of a head, with what they look like. */
const LOOKALIKES: Readonly<Record<string, string>> = {
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

/** Returns the line with wide, styled and invisible characters replaced by the plain letters that they look like. */
function normalizeLookalikes(line: string): string {
  const plain = line
    .normalize('NFKD')
    .replaceAll(/[\p{C}\p{M}]/gu, '')
    .toLowerCase();
  return [...plain].map((letter) => LOOKALIKES[letter] ?? letter).join('');
}
