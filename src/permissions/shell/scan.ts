import { ANY } from '../patterns/glob.ts';
import { CommandWords } from './command-words.ts';
import { ScanFindings, type ScanResult } from './findings.ts';
import { type Arithmetic, type Frame, Frames } from './frames.ts';
import { type Heredoc, parseHeredocAt, readHeredocBody } from './heredoc.ts';
import {
  hasCutOperator,
  matchBackticked,
  matchRedirection,
  matchTranslated,
  matchVariable,
} from './pieces.ts';

/**
 * Reads a line as bash does, for rules that ask or deny:
 *   1. A redirection and its target are removed, and the words continue. Example: `rm <x -rf y` is `rm -rf y`.
 *   2. A part that is computed when the line runs is a wildcard for any words. Examples: `$X`, `{a,b}`, `*`.
 *   3. Input given in the line and comments are not commands; they are kept as texts. Examples: `<<E`, `<<<`, `# rm x`.
 *   4. A line is doubtful where shells disagree, or where more of bash would have to be understood.
 *      Example: a quote that is not closed.
 */
export function scanLine(line: string): ScanResult {
  return new Scanner(line, false).scan();
}

class Scanner {
  readonly #line: string;
  /** The line is the body of a here-document, in which a double quote is an ordinary character. */
  readonly #isBody: boolean;
  readonly #found = new ScanFindings();
  readonly #frames: Frames;
  #at = 0;
  #words = new CommandWords(false);
  /** Whether the reader is inside double quotes. */
  #quoted: boolean;
  #pending: Heredoc[] = [];

  constructor(line: string, isBody: boolean) {
    this.#line = line;
    this.#frames = new Frames(line);
    this.#isBody = isBody;
    this.#quoted = isBody;
    if (hasCutOperator(line)) this.#markDoubtful();
  }

  scan(): ScanResult {
    while (this.#at < this.#line.length) this.#readChar(this.#line[this.#at] ?? '');
    if (!this.#frames.isEmpty || this.#quoted !== this.#isBody) this.#markDoubtful();
    while (!this.#frames.isEmpty) this.#resumeFrame();
    this.#endCommand();
    return this.#found;
  }

  #markDoubtful(): void {
    this.#found.doubtful = true;
  }

  #readChar(char: string): void {
    if (this.#frames.isArithmetic && /['"\\]/.test(char)) this.#markDoubtful();
    if (char === '\\') this.#readEscape();
    else if (char === '"' && this.#isBody && this.#frames.isEmpty) this.#addLiteral(char, true);
    else if (char === '"') this.#doubleQuote();
    else if (char === '$') this.#readExpansion();
    else if (char === '`') this.#readBackticks();
    else if (char === '}' && !this.#quoted && this.#frames.top?.kind === 'parameter') this.#endParameter();
    else if (this.#quoted) this.#addLiteral(char, true);
    else this.#readUnquoted(char);
  }

  #readUnquoted(char: string): void {
    if (char === "'") this.#singleQuotes();
    else if (this.#frames.top?.kind === 'parameter') this.#inParameter(char);
    else if (char === '(' && this.#words.isPattern) this.#suspendWord('pattern', 1);
    else if (char === '(') this.#openBracket();
    else if (char === ')') this.#closeBracket();
    else if (char === '\n') this.#readNewline();
    else if (/[<>]/.test(char)) this.#readRedirection();
    else if (/[;&|]/.test(char)) this.#readOperator(char);
    else if (/[ \t]/.test(char)) this.#endWord();
    else if (char === '#' && !this.#words.isOpen) this.#readComment();
    else this.#readPlain(char);
  }

  #readPlain(char: string): void {
    // Not blank to bash; whether to another shell is not known.
    const mayBeBlank = /[\s\p{Z}\p{Cf}]/u.test(char) && char !== '\r';
    if (mayBeBlank || char === '*' || char === '?') this.#addUnknown(char);
    else {
      this.#words.addSign(char, this.#line.slice(this.#at + 1, this.#at + 3));
      this.#at += 1;
    }
  }

  /** Reads a default value in `${x:-…}` as commands, because a program could run it. */
  #inParameter(char: string): void {
    if (/[\s;&|<>()]/.test(char)) {
      const isProcess = /[<>]/.test(char) && this.#line[this.#at + 1] === '(';
      if (isProcess || (char === '\n' && this.#frames.awaitBodies)) this.#markDoubtful();
      this.#endAtSeparator();
    } else this.#addLiteral(char, false);
  }

  /** Reads an escape; an escaped line break is removed. */
  #readEscape(): void {
    const next = this.#line[this.#at + 1] ?? '';
    this.#at += 1;
    if (next === '\n') this.#at += 1;
    else if (next === '' || (this.#quoted && !this.#isEscapable(next)))
      this.#words.addToken('\\', '\\', true);
    else this.#addLiteral(next, true);
  }

  #isEscapable(char: string): boolean {
    return /[$`\\]/.test(char) || (char === '"' && !(this.#isBody && this.#frames.isEmpty));
  }

  #doubleQuote(): void {
    if (this.#frames.isInQuotedParameter) this.#markDoubtful();
    this.#quoted = !this.#quoted;
    this.#words.openWord(true);
    this.#at += 1;
  }

  #singleQuotes(): void {
    if (this.#frames.isInQuotedParameter) this.#markDoubtful();
    const end = this.#line.indexOf("'", this.#at + 1);
    if (end < 0) this.#markDoubtful();
    const text = this.#line.slice(this.#at + 1, end < 0 ? undefined : end);
    this.#words.openWord(true);
    for (const char of text.split('')) this.#words.addToken(char, char, true);
    this.#at = end < 0 ? this.#line.length : end + 1;
  }

  #readExpansion(): void {
    const rest = this.#line.slice(this.#at, this.#at + 4);
    if (rest.startsWith('$('))
      this.#suspendWord('substitution', 2, this.#line[this.#at + 2] === '(' ? 'outer' : 'none');
    else if (rest.startsWith('${')) this.#startParameter();
    else if (rest.startsWith('$[')) {
      this.#markDoubtful();
      this.#addUnknown('$');
    } else if (rest.startsWith("$'") && !this.#quoted) this.#readTranslated();
    // A translated text to bash; a dollar sign before a quote to others.
    else if (rest.startsWith('$"') && !this.#quoted) this.#addUnknown('$');
    else this.#addUnknown(matchVariable(this.#line, this.#at));
  }

  #readTranslated(): void {
    const text = matchTranslated(this.#line, this.#at);
    // Without bash the quote would end at the escaped one.
    if (text.includes("\\'") || this.#frames.isInQuotedParameter) this.#markDoubtful();
    this.#addUnknown(text);
  }

  #startParameter(): void {
    // A newer bash runs what stands in braces behind a blank.
    if (/[\s|]/.test(this.#line[this.#at + 2] ?? '')) this.#markDoubtful();
    this.#suspendWord('parameter', 2);
  }

  #endParameter(): void {
    const start = this.#frames.top?.start ?? 0;
    // A value that is taken for a prompt is run as far as it has substitutions.
    if (this.#line.slice(start, this.#at).endsWith('@P')) this.#markDoubtful();
    this.#resumeFrame();
  }

  #readBackticks(): void {
    const raw = matchBackticked(this.#line, this.#at);
    const end = this.#at + 1 + raw.length;
    if (end === this.#line.length) this.#markDoubtful();
    this.#found.addAll(scanLine(raw.replaceAll(/\\([$`\\])/g, '$1')));
    if (this.#quoted && raw.includes('\\"'))
      this.#found.addAll(scanLine(raw.replaceAll(/\\([$`\\"])/g, '$1')));
    this.#addUnknown(this.#line.slice(this.#at, end + 1));
  }

  #openBracket(): void {
    const isArray = this.#words.isAssignment;
    this.#endCommand();
    this.#pushFrame('group', this.#frames.arithmeticAt(this.#at));
    this.#words = new CommandWords(this.#frames.isArithmetic);
    if (isArray && this.#pending.length > 0) this.#markDoubtful();
    this.#at += 1;
  }

  #closeBracket(): void {
    const frame = this.#frames.top;
    if (!frame) this.#endAtSeparator();
    else if (frame.kind === 'group') this.#closeGroup(frame);
    else this.#resumeFrame();
  }

  #closeGroup(frame: Frame): void {
    this.#endCommand();
    this.#frames.pop();
    this.#words = new CommandWords(this.#frames.isArithmetic);
    // Two brackets that do not end together were two groups.
    if (frame.arithmetic === 'inner' && this.#line[this.#at + 1] !== ')') this.#markDoubtful();
    this.#at += 1;
  }

  #suspendWord(kind: Frame['kind'], length: number, arithmetic: Arithmetic = 'none'): void {
    this.#words.addToken(ANY, '', this.#quoted);
    this.#pushFrame(kind, arithmetic);
    [this.#words, this.#quoted, this.#pending] = [new CommandWords(false), false, []];
    this.#at += length;
  }

  #pushFrame(kind: Frame['kind'], arithmetic: Arithmetic): void {
    const [words, quoted, pending, start] = [this.#words, this.#quoted, this.#pending, this.#at];
    this.#frames.pushFrame({ kind, words, quoted, pending, arithmetic, start });
  }

  #resumeFrame(): void {
    this.#endCommand();
    const frame = this.#frames.pop();
    if (!frame) return;
    if (frame.kind !== 'group') {
      if (this.#pending.length > 0) this.#markDoubtful();
      [this.#words, this.#quoted, this.#pending] = [frame.words, frame.quoted, frame.pending];
    }
    this.#at += 1;
  }

  #readNewline(): void {
    this.#endAtSeparator();
    if (this.#frames.awaitBodies) this.#markDoubtful();
    for (const heredoc of this.#pending.splice(0)) {
      const body = readHeredocBody(this.#line, this.#at, heredoc, this.#frames.isNested);
      if (body.doubtful) this.#markDoubtful();
      if (!heredoc.literal) this.#found.addAll(new Scanner(body.text, true).scan());
      this.#found.texts.push(body.text);
      this.#at = body.end;
    }
  }

  #readRedirection(): void {
    if (this.#line[this.#at + 1] === '(') {
      this.#suspendWord('substitution', 2);
      return;
    }
    const operator = matchRedirection(this.#line, this.#at);
    this.#at += operator.length;
    this.#words.startRedirect();
    if (operator === '<<' || operator === '<<-') this.#readHeredoc(operator);
  }

  #readHeredoc(operator: string): void {
    // Shifting bits is no input; only when lines follow it cannot be told.
    if (this.#frames.isArithmetic && !this.#line.includes('\n', this.#at)) return;
    const found = parseHeredocAt(this.#line, this.#at, operator === '<<-');
    this.#words.dropTarget();
    if (found && !this.#frames.isArithmetic) {
      this.#pending.push(found.heredoc);
      this.#at = found.end;
    } else this.#markDoubtful();
  }

  /**
   * Reads an operator. `&>` is a redirection in bash; in other shells a command ends there and another one starts.
   */
  #readOperator(char: string): void {
    if (char === '&' && this.#line[this.#at + 1] === '>') {
      this.#words.mayEndHere();
      this.#at += 1;
      this.#readRedirection();
    } else this.#endAtSeparator();
  }

  #readComment(): void {
    if (this.#frames.isArithmetic || this.#frames.isInPattern) this.#markDoubtful();
    this.#at = this.#found.addComment(this.#line, this.#at);
  }

  #endAtSeparator(): void {
    this.#endCommand();
    this.#at += 1;
  }

  #addLiteral(char: string, quoted: boolean): void {
    this.#words.addToken(char, char, quoted);
    this.#at += 1;
  }

  #addUnknown(text: string): void {
    this.#words.addToken(ANY, text, this.#quoted);
    this.#at += text.length;
  }

  #endWord(): void {
    this.#words.endWord();
    this.#at += 1;
  }

  #endCommand(): void {
    this.#found.addCommand(this.#words, this.#frames.isNested);
    this.#words = new CommandWords(this.#frames.isArithmetic);
  }
}
