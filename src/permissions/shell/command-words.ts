import { ANY, type Glob } from '../patterns/glob.ts';

/** A word of a command: the texts that it may expand to, and its text without quotes. */
export interface ShellWord {
  tokens: Glob;
  text: string;
  /**
   * It may be the name of a command: the first word, or one after words that introduce a command (`if`, `A=1`, `time
   * -p`).
   */
  mayBegin: boolean;
  /** A command may end after this word although more words follow. */
  mayEnd: boolean;
}

interface OpenWord {
  tokens: string[];
  text: string;
  quoted: boolean;
  /** The last character, when it is not quoted; otherwise empty. */
  last: string;
  /** Index of the first bracket of a character class, and the number of open brackets. */
  bracket: number | undefined;
  brackets: number;
  brace: 'none' | 'open' | 'list';
}

/** Collects the words of one command while a line is read; redirections and their targets do not become words. */
export class CommandWords {
  /** Targets of redirections, because a program could read commands from one. */
  readonly targets: string[] = [];
  /** Whether a shell could read a word in another way than this reader did. */
  doubtful = false;
  readonly #words: ShellWord[] = [];
  #open: OpenWord | null = null;
  #isTarget = false;
  #mayBegin = true;
  readonly #isArithmetic: boolean;

  constructor(isArithmetic: boolean) {
    this.#isArithmetic = isArithmetic;
  }

  get isOpen(): boolean {
    return this.#open !== null;
  }

  /** Whether a round bracket here may continue the word, as `!(a|b)` does when extended patterns are enabled. */
  get isPattern(): boolean {
    return /^[?*+@!]$/.test(this.#open?.last ?? '');
  }

  get isAssignment(): boolean {
    return ASSIGNMENT.test(this.#open?.text ?? '');
  }

  openWord(quoted: boolean): OpenWord {
    this.#open ??= {
      ...{ tokens: [], text: '', quoted: false, last: '' },
      ...{ bracket: undefined, brackets: 0, brace: 'none' },
    };
    if (quoted) this.#open.quoted = true;
    this.#open.last = '';
    return this.#open;
  }

  addToken(token: string, text: string, quoted: boolean): void {
    const word = this.openWord(quoted);
    word.tokens.push(token);
    word.text += text;
    if (!quoted) word.last = text;
  }

  /** Adds an unquoted character; brackets and braces can turn the word into other words. */
  addSign(char: string, following: string): void {
    const isAlone = this.#open === null && /^\[?(?:\s|$)/.test(following);
    const isHome = char === '~' && /^$|[=:]$/.test(this.#open?.text ?? '');
    this.addToken(isHome ? ANY : char, char, false);
    const word = this.openWord(false);
    word.last = char;
    if (char === '[' && !isAlone) {
      word.bracket ??= word.tokens.length - 1;
      word.brackets += 1;
    } else if (char === ']' && word.bracket !== undefined) {
      word.tokens.splice(word.bracket, Infinity, ANY);
      word.brackets -= 1;
    } else if (char === '{') {
      if (word.brace === 'none') word.brace = 'open';
    } else if (word.brace === 'open' && (char === ',' || (char === '.' && following.startsWith('.')))) {
      word.brace = 'list';
    }
  }

  /**
   * Drops the open word when it names the file descriptor of a redirection (`2>`, `{fd}>`), and waits for the
   * target.
   */
  startRedirect(): void {
    const { text = '', quoted = true } = this.#open ?? {};
    if (!quoted && /^\d{10,}$/.test(text)) this.doubtful = true;
    if (!quoted && /^\d{1,9}$/.test(text)) this.#open = null;
    // Without bash this is a word like others; it may be one or none.
    if (this.#open && !quoted && /^\{[A-Za-z_]\w*\}$/.test(text)) this.#open.tokens = [ANY];
    this.endWord();
    this.#isTarget = true;
  }

  /** Forgets the awaited target, because it was read elsewhere. */
  dropTarget(): void {
    this.#isTarget = false;
  }

  /** Marks that some shells end the command here and start another one. */
  mayEndHere(): void {
    this.endWord();
    const last = this.#words.at(-1);
    if (last) last.mayEnd = true;
    this.#mayBegin = true;
  }

  endWord(): void {
    const word = this.#open;
    if (!word) return;
    this.#open = null;
    if (this.#isTarget) {
      this.#isTarget = false;
      this.targets.push(word.text);
      return;
    }
    // A computed number is no command; a name could be one for a shell without arithmetic.
    const mayBegin = this.#mayBegin && !(this.#isArithmetic && word.tokens[0] === ANY);
    // In an assignment a shell reads on to the closing bracket.
    if (mayBegin && word.brackets > 0 && /^[A-Za-z_]\w*\[/.test(word.text)) this.doubtful = true;
    const tokens = word.brace === 'list' ? [ANY] : word.tokens;
    this.#words.push({ tokens, text: word.text, mayBegin, mayEnd: false });
    this.#mayBegin =
      word.text === '{' ||
      (mayBegin && (PREFIXES.has(word.text) || ASSIGNMENT.test(word.text) || word.text.startsWith('-')));
  }

  /** Returns all words; nothing may be added afterwards. */
  finishWords(): ShellWord[] {
    this.endWord();
    return this.#words;
  }
}

/** Words that may precede the name of a command that the shell itself runs. */
const PREFIXES: ReadonlySet<string> = new Set(
  '! { if then elif else while until do time coproc command builtin exec'.split(' '),
);

const ASSIGNMENT = /^[A-Za-z_]\w*(\[[\s\S]*\])?\+?=/;
