import type { Paint } from '../style.ts';

/** What a line of Markdown is, as far as its layout goes. */
export interface LineKind {
  kind: 'text' | 'heading' | 'code' | 'blank';
  /** Whether it is wrapped at words. */
  wraps: boolean;
  /** What further rows of the line begin with. */
  hanging: string;
  /** What stands before its text. */
  draw(columns: number, paint: Paint): string;
}

interface Start {
  /** Characters of the text that the start of the line takes. */
  length: number;
  line: LineKind;
  /** Whether that is all of the line. */
  done: boolean;
  /** The fence that code is in after this line; empty outside of code. */
  fence: string;
}

/** The start of a line of which more may come: a marker that is not complete, or white space alone. */
const UNDECIDED = /^ *(?:[-*+>_]|#{1,6}|`{1,2}|~{1,2}|\d{1,3}[.)]?)?[-*_ ]*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})([^\n]*)\n/;
const RULE = /^ {0,3}([-*_])(?: *\1){2,} *(?=\n|$)/;
const HEADING = /^ {0,3}#{1,6} +/;
const ITEM = /^( *)(?:[-*+]|(\d{1,3}[.)])) +/;
const QUOTE = /^ {0,3}> ?/;

/** Decides what the line at the start of `text` is; null while that depends on what comes. */
export function blockStart(text: string, { ended, fence }: { ended: boolean; fence: string }): Start | null {
  const whole = ended || text.includes('\n');
  const opening = FENCE.exec(`${text}${ended && !text.includes('\n') ? '\n' : ''}`);
  if (fence !== '') return inCode(text, fence, opening, whole);
  if (opening) return openCode(opening, text);
  if (!whole && (UNDECIDED.test(text) || /^ {0,3}(?:`{3,}|~{3,})/.test(text))) return null;
  return plainLine(text);
}

function inCode(text: string, fence: string, opening: RegExpExecArray | null, whole: boolean): Start | null {
  const closes = opening?.[2]?.trim() === '' && (opening[1] ?? '').startsWith(fence);
  if (opening && closes)
    return { length: Math.min(opening[0].length, text.length), line: NOTHING, done: true, fence: '' };
  if (!whole && /^ {0,3}(?:`*|~*)$/.test(text)) return null;
  return { length: 0, line: CODE, done: false, fence };
}

/** The fence itself is not drawn; the language stands in its place. */
function openCode([whole, fence = '', language = '']: RegExpExecArray, text: string): Start {
  const name = language.trim();
  const line: LineKind =
    name === '' ? NOTHING : { ...NOTHING, draw: (_columns, paint) => `${paint('dim', name)}\n` };
  return { length: Math.min(whole.length, text.length), line, done: true, fence };
}

function plainLine(text: string): Start {
  if (text.startsWith('\n')) return { length: 0, line: BLANK, done: false, fence: '' };
  const rule = RULE.exec(text);
  if (rule) return start(rule[0], { ...TEXT, draw: (columns, paint) => paint('dim', '─'.repeat(columns)) });
  if (/^ {0,3}\|/.test(text)) return { length: 0, line: { ...CODE, kind: 'text' }, done: false, fence: '' };
  const heading = HEADING.exec(text);
  if (heading) return start(heading[0], { ...TEXT, kind: 'heading' });
  const quote = QUOTE.exec(text);
  if (quote)
    return start(quote[0], { ...TEXT, hanging: '│ ', draw: (_columns, paint) => paint('dim', '│ ') });
  const item = ITEM.exec(text);
  if (!item) return start(/^ */.exec(text)?.[0] ?? '', TEXT);
  const head = `${item[1] ?? ''}${item[2] ?? '•'} `;
  return start(item[0], { ...TEXT, hanging: ' '.repeat(head.length), draw: () => head });
}

function start(taken: string, line: LineKind): Start {
  return { length: taken.length, line, done: false, fence: '' };
}

const TEXT: LineKind = { kind: 'text', wraps: true, hanging: '', draw: () => '' };
const BLANK: LineKind = { kind: 'blank', wraps: true, hanging: '', draw: () => '' };
/** A line of which nothing more is drawn. */
const NOTHING: LineKind = { ...BLANK, kind: 'text' };
const CODE: LineKind = { kind: 'code', wraps: false, hanging: '', draw: () => '' };
