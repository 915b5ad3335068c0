import { ANY, type Glob } from './glob.ts';

/** A word of a command: what it may turn into, and its text without quotes. */
export interface Word {
  tokens: Glob;
  text: string;
}

/**
 * The commands that a line may run, each as its words: those of substitutions and groups too, whatever they are quoted
 * with. Reads more into a line than a shell would; what is computed only when it runs is a wildcard.
 */
export function scan(line: string): Word[][] {
  return new Scanner(line).scan();
}

/** What is suspended while a substitution is read. */
interface Frame {
  command: Word[];
  word: OpenWord | null;
  quoted: boolean;
  end: string;
}

interface OpenWord {
  tokens: string[];
  text: string;
}

class Scanner {
  readonly #line: string;
  readonly #commands: Word[][] = [];
  readonly #frames: Frame[] = [];
  #at = 0;
  #command: Word[] = [];
  #word: OpenWord | null = null;
  /** Inside double quotes. */
  #quoted = false;

  constructor(line: string) {
    this.#line = line;
  }

  scan(): Word[][] {
    while (this.#at < this.#line.length) this.#read(this.#line[this.#at] ?? '');
    while (this.#frames.length > 0) this.#resume();
    this.#endCommand();
    return this.#commands;
  }

  #read(char: string): void {
    if (char === '\\') this.#escape();
    else if (char === '"') {
      this.#quoted = !this.#quoted;
      this.#open();
      this.#at += 1;
    } else if (char === '$') this.#expansion();
    else if (char === '`') this.#backtick();
    else if (this.#quoted) this.#literal(char);
    else this.#unquoted(char);
  }

  #unquoted(char: string): void {
    if (char === "'") this.#singleQuotes();
    else if (char === ')' && this.#frames.at(-1)?.end === ')') this.#resume();
    else if (/[;&|<>()\n\r]/.test(char)) this.#separator(char);
    else if (/[\s\p{Z}\p{Cf}]/u.test(char)) this.#endWord();
    else if (char === '*' || char === '?') this.#unknown(char);
    else if (char === '{') this.#bracket('}');
    else if (char === '[') this.#bracket(']');
    else this.#literal(char);
  }

  /** A line break that is escaped is not there. */
  #escape(): void {
    const next = this.#line[this.#at + 1] ?? '\n';
    this.#at += 1;
    if (next === '\n') this.#at += 1;
    else if (this.#quoted && !/[$`"\\]/.test(next)) this.#add('\\', '\\');
    else this.#literal(next);
  }

  #singleQuotes(): void {
    const end = this.#line.indexOf("'", this.#at + 1);
    const text = this.#line.slice(this.#at + 1, end < 0 ? undefined : end);
    this.#open();
    for (const char of text) this.#add(char, char);
    this.#at = end < 0 ? this.#line.length : end + 1;
  }

  #expansion(): void {
    const rest = this.#line.slice(this.#at);
    if (rest.startsWith('$(')) this.#suspend(')', 2);
    else if (rest.startsWith('${')) this.#braced();
    else if (rest.startsWith('$"') && !this.#quoted) this.#at += 1;
    else {
      const translated = this.#quoted ? undefined : /^\$'(?:[^'\\]|\\.)*'?/s.exec(rest)?.[0];
      this.#unknown(translated ?? /^\$(\w+|[^\s"'`\\])?/.exec(rest)?.[0] ?? '$');
    }
  }

  /** What a default says may run too. */
  #braced(): void {
    const end = closing(this.#line, this.#at + 1, '{', '}') ?? this.#line.length;
    this.#commands.push(...scan(this.#line.slice(this.#at + 2, end)));
    this.#unknown(this.#line.slice(this.#at, end + 1));
  }

  #backtick(): void {
    if (this.#frames.at(-1)?.end === '`') this.#resume();
    else this.#suspend('`', 1);
  }

  /** Braces and brackets that the shell makes words of; by themselves they are a group or a command. */
  #bracket(end: '}' | ']'): void {
    const open = end === '}' ? '{' : '[';
    const close = closing(this.#line, this.#at, open, end);
    const inner = this.#line.slice(this.#at + 1, close);
    const alone = this.#word === null && /^\[?(\s|$)/.test(inner);
    if (alone && open === '{') this.#separator(open);
    else if (alone || close === undefined || (open === '[' && /[\s;&|]/.test(inner))) this.#literal(open);
    else {
      if (open === '{') this.#commands.push(...scan(inner));
      this.#unknown(this.#line.slice(this.#at, close + 1));
    }
  }

  #suspend(end: string, length: number): void {
    this.#open();
    this.#word?.tokens.push(ANY);
    this.#frames.push({ command: this.#command, word: this.#word, quoted: this.#quoted, end });
    [this.#command, this.#word, this.#quoted] = [[], null, false];
    this.#at += length;
  }

  #resume(): void {
    this.#endCommand();
    const frame = this.#frames.pop();
    if (!frame) return;
    [this.#command, this.#word, this.#quoted] = [frame.command, frame.word, frame.quoted];
    this.#at += 1;
  }

  #separator(char: string): void {
    this.#endCommand();
    if (/[<>]/.test(char) && this.#line[this.#at + 1] === '(') this.#at += 1;
    this.#at += 1;
  }

  #literal(char: string): void {
    this.#add(char, char);
    this.#at += 1;
  }

  #unknown(text: string): void {
    this.#add(ANY, text);
    this.#at += text.length;
  }

  #add(token: string, text: string): void {
    const word = this.#open();
    word.tokens.push(token);
    word.text += text;
  }

  #open(): OpenWord {
    this.#word ??= { tokens: [], text: '' };
    return this.#word;
  }

  #endWord(): void {
    if (this.#word) this.#command.push(this.#word);
    this.#word = null;
    this.#at += 1;
  }

  #endCommand(): void {
    if (this.#word) this.#command.push(this.#word);
    if (this.#command.length > 0) this.#commands.push(this.#command);
    [this.#command, this.#word] = [[], null];
  }
}

/** Where the bracket at `start` is closed. */
function closing(line: string, start: number, open: string, close: string): number | undefined {
  let depth = 0;
  for (let at = start; at < line.length; at += 1) {
    if (line[at] === open) depth += 1;
    if (line[at] === close) depth -= 1;
    if (depth === 0) return at;
  }
  return undefined;
}
