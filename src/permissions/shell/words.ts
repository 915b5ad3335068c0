import { ANY, type Glob } from '../patterns/glob.ts';

/**
 * Returns the words of a line that is a single simple command, without quotes; `undefined` for every other line, and
 * when that is uncertain. An unquoted star is a wildcard. An approver who reads the line sees exactly what runs: it
 * has no variables, substitutions, redirections, assignments, comments, line breaks or invisible characters.
 */
export function readSimpleCommand(line: string): Glob[] | undefined {
  const words = readWords(line);
  const [first] = words ?? [];
  if (!words || !first) return undefined;
  const command = first.join('');
  const computed = first.some((token) => token === ANY || token === '?' || token === '[');
  return computed || RESERVED.has(command) || ASSIGNMENT.test(command) ? undefined : words;
}

/** Returns the words of a line or a pattern; `undefined` when it has more than words and quotes. */
export function readWords(line: string): Glob[] | undefined {
  if (UNSEEN.test(line)) return undefined;
  const words: Glob[] = [];
  for (let at = 0; at < line.length; ) {
    BLANK.lastIndex = at;
    at += BLANK.exec(line)?.[0].length ?? 0;
    if (at === line.length) break;
    const word = readWord(line, at);
    if (!word) return undefined;
    words.push(word.tokens);
    at = word.end;
  }
  return words;
}

function readWord(line: string, start: number): { tokens: string[]; end: number } | undefined {
  const tokens: string[] = [];
  let at = start;
  while (at < line.length && line[at] !== ' ' && line[at] !== '\t') {
    const before = at === start ? '' : line[at - 1];
    if (COMPUTED.test(`${before}${line[at]}`)) return undefined;
    const piece = pieceAt(line, at);
    if (!piece) return undefined;
    tokens.push(...piece.tokens);
    at += piece.length;
  }
  return { tokens, end: at };
}

/** Reads one quoted text, escape or plain character. */
function pieceAt(line: string, at: number): { tokens: string[]; length: number } | undefined {
  for (const [shape, unquote] of PIECES) {
    shape.lastIndex = at;
    const found = shape.exec(line)?.[0];
    if (found !== undefined) return { tokens: unquote(found), length: found.length };
  }
  return undefined;
}

const PIECES: readonly [RegExp, (text: string) => string[]][] = [
  [/'[^']*'/y, (text) => text.slice(1, -1).split('')],
  [
    /"(?:[^"\\$`]|\\.)*"/y,
    (text) =>
      text
        .slice(1, -1)
        .replaceAll(/\\([$`"\\])/g, '$1')
        .split(''),
  ],
  [/\\./y, (text) => text.slice(1).split('')],
  [/\*/y, () => [ANY]],
  [/[^'"\\*|&;<>()$`{}]/y, (text) => [text]],
];

/** Matches a home folder, also after the sign of an apparent assignment, and a comment. */
const COMPUTED = /^[~#]$|^[=:]~$/;

const BLANK = /[ \t]*/y;

/** Matches line breaks, control characters, unusual spaces, and characters that are invisible or reorder text. */
const UNSEEN = /[^\P{Cc}\t]|[^\P{Z} ]|\p{Cf}|\p{Cs}/u;

const RESERVED: ReadonlySet<string> = new Set(
  '! [[ ]] { } case coproc do done elif else esac fi for function if in select then time until while'.split(
    ' ',
  ),
);

const ASSIGNMENT = /^[A-Za-z_]\w*(\[.*\])?\+?=/;
