import type { Paint } from '../style.ts';

/** Layout of one line of Markdown: its kind, whether it wraps, and what precedes its rows. */
export interface LineKind {
  kind: 'text' | 'heading' | 'code' | 'blank';
  /** Whether the line is wrapped at words; code and tables are not. */
  wraps: boolean;
  /** Prefix of the rows after the first, such as `│ ` in a quote. */
  hanging: string;
  /** Draws the prefix of the first row, such as a bullet, or a rule of `columns` width. */
  draw(columns: number, paint: Paint): string;
}

interface LineStart {
  /** Number of characters that the marker at the start of the line consumes. */
  length: number;
  line: LineKind;
  /** Whether the line is complete with its marker, as for a fence. */
  done: boolean;
  /** The fence of the code block that the next line belongs to; empty outside of code. */
  fence: string;
}

/** Matches the start of a line that cannot be classified yet: an incomplete marker, or only white space. */
const UNDECIDED = /^ *(?:[-*+>_]|#{1,6}|`{1,2}|~{1,2}|\d{1,3}[.)]?)?[-*_ ]*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})([^\n]*)\n/;
const RULE = /^ {0,3}([-*_])(?: *\1){2,} *(?=\n|$)/;
const HEADING = /^ {0,3}#{1,6} +/;
const ITEM = /^( *)(?:[-*+]|(\d{1,3}[.)])) +/;
const QUOTE = /^ {0,3}> ?/;

/** Classifies the line at the start of `text`; returns null while that depends on text that has not arrived yet. */
export function parseLineStart(
  text: string,
  { ended, fence }: { ended: boolean; fence: string },
): LineStart | null {
  const whole = ended || text.includes('\n');
  const opening = FENCE.exec(`${text}${ended && !text.includes('\n') ? '\n' : ''}`);
  if (fence !== '') return parseCodeLine(text, fence, opening, whole);
  if (opening) return parseFence(opening, text);
  if (!whole && (UNDECIDED.test(text) || /^ {0,3}(?:`{3,}|~{3,})/.test(text))) return null;
  return parsePlainLine(text);
}

function parseCodeLine(
  text: string,
  fence: string,
  opening: RegExpExecArray | null,
  whole: boolean,
): LineStart | null {
  const closes = opening?.[2]?.trim() === '' && (opening[1] ?? '').startsWith(fence);
  if (opening && closes)
    return { length: Math.min(opening[0].length, text.length), line: NOTHING, done: true, fence: '' };
  if (!whole && /^ {0,3}(?:`*|~*)$/.test(text)) return null;
  return { length: 0, line: CODE, done: false, fence };
}

/** Parses an opening fence, which is not drawn; the name of the language is shown in its place. */
function parseFence([whole, fence = '', language = '']: RegExpExecArray, text: string): LineStart {
  const name = language.trim();
  const line: LineKind =
    name === '' ? NOTHING : { ...NOTHING, draw: (_columns, paint) => `${paint('dim', name)}\n` };
  return { length: Math.min(whole.length, text.length), line, done: true, fence };
}

function parsePlainLine(text: string): LineStart {
  if (text.startsWith('\n')) return { length: 0, line: BLANK, done: false, fence: '' };
  const rule = RULE.exec(text);
  if (rule)
    return createStart(rule[0], { ...TEXT, draw: (columns, paint) => paint('dim', '─'.repeat(columns)) });
  if (/^ {0,3}\|/.test(text)) return { length: 0, line: { ...CODE, kind: 'text' }, done: false, fence: '' };
  const heading = HEADING.exec(text);
  if (heading) return createStart(heading[0], { ...TEXT, kind: 'heading' });
  const quote = QUOTE.exec(text);
  if (quote)
    return createStart(quote[0], { ...TEXT, hanging: '│ ', draw: (_columns, paint) => paint('dim', '│ ') });
  const item = ITEM.exec(text);
  if (!item) return createStart(/^ */.exec(text)?.[0] ?? '', TEXT);
  const head = `${item[1] ?? ''}${item[2] ?? '•'} `;
  return createStart(item[0], { ...TEXT, hanging: ' '.repeat(head.length), draw: () => head });
}

function createStart(taken: string, line: LineKind): LineStart {
  return { length: taken.length, line, done: false, fence: '' };
}

const TEXT: LineKind = { kind: 'text', wraps: true, hanging: '', draw: () => '' };
const BLANK: LineKind = { kind: 'blank', wraps: true, hanging: '', draw: () => '' };
/** Layout of a line that draws nothing, such as a closing fence. */
const NOTHING: LineKind = { ...BLANK, kind: 'text' };
const CODE: LineKind = { kind: 'code', wraps: false, hanging: '', draw: () => '' };
