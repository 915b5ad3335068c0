import { ANY } from '../patterns/glob.ts';
import { CommandWords } from './command-words.ts';
import { Findings, type Scan } from './findings.ts';
import { type Arithmetic, type Frame, Frames } from './frames.ts';
import { type Heredoc, heredocAt, readBody } from './heredoc.ts';
import { backtickedAt, hasCutOperator, redirectionAt, translatedAt, variableAt } from './pieces.ts';

/**
 * Reads a line as bash does, for rules that ask or deny:
 *   1. A redirection and its target are removed, and the words continue. Example: `rm <x -rf y` is `rm -rf y`.
 *   2. A part that is computed when the line runs is a wildcard for any words. Examples: `$X`, `{a,b}`, `*`.
 *   3. Input given in the line and comments are not commands; they are kept as texts. Examples: `<<E`, `<<<`, `# rm x`.
 *   4. A line is doubtful where shells disagree, or where more of bash would have to be understood.
 *      Example: a quote that is not closed.
 */
export function scan(line: string): Scan {
  return new Scanner(line, false).scan();
}

class Scanner {
  readonly #line: string;
  /** The line is the body of a here-document, in which a double quote is an ordinary character. */
  readonly #isBody: boolean;
  readonly #found = new Findings();
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
    if (hasCutOperator(line)) this.#doubt();
  }

  scan(): Scan {
    while (this.#at < this.#line.length) this.#read(this.#line[this.#at] ?? '');
    if (!this.#frames.isEmpty || this.#quoted !== this.#isBody) this.#doubt();
    while (!this.#frames.isEmpty) this.#resume();
    this.#endCommand();
    return this.#found;
  }

  #doubt(): void {
    this.#found.doubtful = true;
  }

  #read(char: string): void {
    if (this.#frames.isArithmetic && /['"\\]/.test(char)) this.#doubt();
    if (char === '\\') this.#escape();
    else if (char === '"') this.#doubleQuote();
    else if (char === '$') this.#expansion();
    else if (char === '`') this.#backtick();
    else if (char === '}' && !this.#quoted && this.#frames.top?.kind === 'parameter') this.#endParameter();
    else if (this.#quoted) this.#literal(char, true);
    else this.#unquoted(char);
  }

  #unquoted(char: string): void {
    if (char === "'") this.#singleQuotes();
    else if (this.#frames.top?.kind === 'parameter') this.#inParameter(char);
    else if (char === '(') this.#open();
    else if (char === ')') this.#close();
    else if (char === '\n') this.#newline();
    else if (/[<>]/.test(char)) this.#redirection();
    else if (/[;&|]/.test(char)) this.#separate(char);
    else if (/[ \t]/.test(char)) this.#endWord();
    else if (char === '#' && !this.#words.isOpen) this.#comment();
    else this.#plain(char);
  }

  #plain(char: string): void {
    // Not blank to bash; whether to another shell is not known.
    if (/[\s\p{Z}\p{Cf}]/u.test(char) && char !== '\r') this.#unknown(char);
    else if (char === '*' || char === '?') this.#unknown(char);
    else {
      this.#words.addSign(char, this.#line.slice(this.#at + 1, this.#at + 3));
      this.#at += 1;
    }
  }

  /** Reads a default value in `${x:-…}` as commands, because a program could run it. */
  #inParameter(char: string): void {
    if (/[\s;&|<>()]/.test(char)) {
      const isProcess = /[<>]/.test(char) && this.#line[this.#at + 1] === '(';
      if (isProcess || (char === '\n' && this.#frames.awaitBodies)) this.#doubt();
      this.#separator();
    } else this.#literal(char, false);
  }

  /** Reads an escape; an escaped line break is removed. */
  #escape(): void {
    const next = this.#line[this.#at + 1] ?? '';
    this.#at += 1;
    if (next === '\n') this.#at += 1;
    else if (next === '' || (this.#quoted && !this.#isEscapable(next))) this.#words.add('\\', '\\', true);
    else this.#literal(next, true);
  }

  #isEscapable(char: string): boolean {
    return /[$`\\]/.test(char) || (char === '"' && !(this.#isBody && this.#frames.isEmpty));
  }

  #doubleQuote(): void {
    if (this.#isBody && this.#frames.isEmpty) {
      this.#literal('"', true);
      return;
    }
    if (this.#frames.isInQuotedParameter) this.#doubt();
    this.#quoted = !this.#quoted;
    this.#words.open(true);
    this.#at += 1;
  }

  #singleQuotes(): void {
    if (this.#frames.isInQuotedParameter) this.#doubt();
    const end = this.#line.indexOf("'", this.#at + 1);
    if (end < 0) this.#doubt();
    const text = this.#line.slice(this.#at + 1, end < 0 ? undefined : end);
    this.#words.open(true);
    for (const char of text.split('')) this.#words.add(char, char, true);
    this.#at = end < 0 ? this.#line.length : end + 1;
  }

  #expansion(): void {
    const rest = this.#line.slice(this.#at, this.#at + 4);
    if (rest.startsWith('$('))
      this.#suspend('substitution', 2, this.#line[this.#at + 2] === '(' ? 'outer' : 'none');
    else if (rest.startsWith('${')) this.#startParameter();
    else if (rest.startsWith('$[')) {
      this.#doubt();
      this.#unknown('$');
    } else if (rest.startsWith("$'") && !this.#quoted) this.#translated();
    // A translated text to bash; a dollar sign before a quote to others.
    else if (rest.startsWith('$"') && !this.#quoted) this.#unknown('$');
    else this.#unknown(variableAt(this.#line, this.#at));
  }

  #translated(): void {
    const text = translatedAt(this.#line, this.#at);
    // Without bash the quote would end at the escaped one.
    if (text.includes("\\'") || this.#frames.isInQuotedParameter) this.#doubt();
    this.#unknown(text);
  }

  #startParameter(): void {
    // A newer bash runs what stands in braces behind a blank.
    if (/[\s|]/.test(this.#line[this.#at + 2] ?? '')) this.#doubt();
    this.#suspend('parameter', 2);
  }

  #endParameter(): void {
    const start = this.#frames.top?.start ?? 0;
    // A value that is taken for a prompt is run as far as it has substitutions.
    if (this.#line.slice(start, this.#at).endsWith('@P')) this.#doubt();
    this.#resume();
  }

  #backtick(): void {
    const raw = backtickedAt(this.#line, this.#at);
    const end = this.#at + 1 + raw.length;
    if (end === this.#line.length) this.#doubt();
    this.#found.addAll(scan(raw.replaceAll(/\\([$`\\])/g, '$1')));
    if (this.#quoted && raw.includes('\\"')) this.#found.addAll(scan(raw.replaceAll(/\\([$`\\"])/g, '$1')));
    this.#unknown(this.#line.slice(this.#at, end + 1));
  }

  #open(): void {
    if (this.#words.isPattern) {
      this.#suspend('pattern', 1);
      return;
    }
    const isArray = this.#words.isAssignment;
    this.#endCommand();
    this.#push('group', this.#frames.arithmeticAt(this.#at));
    this.#words = new CommandWords(this.#frames.isArithmetic);
    if (isArray && this.#pending.length > 0) this.#doubt();
    this.#at += 1;
  }

  #close(): void {
    const frame = this.#frames.top;
    if (!frame) this.#separator();
    else if (frame.kind === 'group') this.#closeGroup(frame);
    else this.#resume();
  }

  #closeGroup(frame: Frame): void {
    this.#endCommand();
    this.#frames.pop();
    this.#words = new CommandWords(this.#frames.isArithmetic);
    // Two brackets that do not end together were two groups.
    if (frame.arithmetic === 'inner' && this.#line[this.#at + 1] !== ')') this.#doubt();
    this.#at += 1;
  }

  #suspend(kind: Frame['kind'], length: number, arithmetic: Arithmetic = 'none'): void {
    this.#words.add(ANY, '', this.#quoted);
    this.#push(kind, arithmetic);
    [this.#words, this.#quoted, this.#pending] = [new CommandWords(false), false, []];
    this.#at += length;
  }

  #push(kind: Frame['kind'], arithmetic: Arithmetic): void {
    const [words, quoted, pending, start] = [this.#words, this.#quoted, this.#pending, this.#at];
    this.#frames.push({ kind, words, quoted, pending, arithmetic, start });
  }

  #resume(): void {
    this.#endCommand();
    const frame = this.#frames.pop();
    if (!frame) return;
    if (frame.kind !== 'group') {
      if (this.#pending.length > 0) this.#doubt();
      [this.#words, this.#quoted, this.#pending] = [frame.words, frame.quoted, frame.pending];
    }
    this.#at += 1;
  }

  #newline(): void {
    this.#separator();
    if (this.#frames.awaitBodies) this.#doubt();
    for (const heredoc of this.#pending.splice(0)) {
      const body = readBody(this.#line, this.#at, heredoc, this.#frames.isNested);
      if (body.doubtful) this.#doubt();
      if (!heredoc.literal) this.#found.addAll(new Scanner(body.text, true).scan());
      this.#found.texts.push(body.text);
      this.#at = body.end;
    }
  }

  #redirection(): void {
    if (this.#line[this.#at + 1] === '(') {
      this.#suspend('substitution', 2);
      return;
    }
    const operator = redirectionAt(this.#line, this.#at);
    this.#at += operator.length;
    this.#words.redirect();
    if (operator === '<<' || operator === '<<-') this.#heredoc(operator);
  }

  #heredoc(operator: string): void {
    // Shifting bits is no input; only when lines follow it cannot be told.
    if (this.#frames.isArithmetic && !this.#line.includes('\n', this.#at)) return;
    const found = heredocAt(this.#line, this.#at, operator === '<<-');
    this.#words.dropTarget();
    if (found && !this.#frames.isArithmetic) {
      this.#pending.push(found.heredoc);
      this.#at = found.end;
    } else this.#doubt();
  }

  /**
   * Reads an operator. `&>` is a redirection in bash; in other shells a command ends there and another one starts.
   */
  #separate(char: string): void {
    if (char === '&' && this.#line[this.#at + 1] === '>') {
      this.#words.mayEndHere();
      this.#at += 1;
      this.#redirection();
    } else this.#separator();
  }

  #comment(): void {
    if (this.#frames.isArithmetic || this.#frames.isInPattern) this.#doubt();
    this.#at = this.#found.addComment(this.#line, this.#at);
  }

  #separator(): void {
    this.#endCommand();
    this.#at += 1;
  }

  #literal(char: string, quoted: boolean): void {
    this.#words.add(char, char, quoted);
    this.#at += 1;
  }

  #unknown(text: string): void {
    this.#words.add(ANY, text, this.#quoted);
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
