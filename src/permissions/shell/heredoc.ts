/** Here-documents: which text after a command is its input and not a command, read as bash reads it. */

export interface Heredoc {
  delimiter: string;
  /** The delimiter was quoted, so the shell expands nothing in the body. */
  literal: boolean;
  /** Leading tabs are removed (`<<-`). */
  tabs: boolean;
}

/** Reads the delimiter after the operator; `undefined` when shells could disagree about what it is. */
export function parseHeredocAt(
  line: string,
  at: number,
  tabs: boolean,
): { heredoc: Heredoc; end: number } | undefined {
  WORD.lastIndex = at;
  const [all = '', written = ''] = WORD.exec(line) ?? [];
  const end = at + all.length;
  if (written === '' || !/^(?:[ \t\n;&|<>()]|$)/.test(line.slice(end, end + 1))) return undefined;
  const delimiter = written.replaceAll(QUOTED, (piece) => piece.replace(/^\\|^(['"])([\s\S]*)\1$/, '$2'));
  return { heredoc: { delimiter, literal: /['"\\]/.test(written), tabs }, end };
}

const WORD = /(?:[ \t]|\\\n)*((?:'[^'\n]*'|"[^"\\$`\n]*"|\\[^\n]|(?!#)[^\s;&|<>()'"\\$`]|\r)+)/y;
const QUOTED = /'[^']*'|"[^"]*"|\\[\s\S]/g;

export interface HeredocBody {
  text: string;
  /** Offset of the line after the delimiter. */
  end: number;
  /** Whether shells could disagree about where the body ends. */
  doubtful: boolean;
}

/** Reads the body from the beginning of a line; without its delimiter, the body extends to the end of the text. */
export function readHeredocBody(line: string, start: number, heredoc: Heredoc, nested: boolean): HeredocBody {
  let doubtful = false;
  let continued = false;
  for (let at = start; at < line.length; ) {
    const stop = line.indexOf('\n', at);
    const end = stop < 0 ? line.length : stop;
    const raw = line.slice(at, end);
    const text = heredoc.tabs ? raw.replace(/^\t+/, '') : raw;
    if (text === heredoc.delimiter && !continued) {
      return { text: line.slice(start, at), end: Math.min(end + 1, line.length), doubtful };
    }
    doubtful ||= isNearEnd(text, heredoc, { nested, continued });
    continued = !heredoc.literal && /(?:^|[^\\])(?:\\\\)*\\$/.test(raw);
    at = end + 1;
  }
  return { text: line.slice(start), end: line.length, doubtful };
}

/**
 * Checks whether a line could end the body in some shells: the end of a substitution may follow the delimiter, and
 * continued lines may form it together.
 */
function isNearEnd(
  text: string,
  { delimiter }: Heredoc,
  at: { nested: boolean; continued: boolean },
): boolean {
  if (at.continued && delimiter.endsWith(text.replace(/^\t+/, ''))) return true;
  return at.nested && text.startsWith(delimiter) && text.includes(')');
}
