import { stripVTControlCharacters } from 'node:util';
import type { Paint } from '../style.ts';
import { widthOf } from '../text.ts';
import { Inline } from './inline.ts';
import { blockStart, type LineKind } from './line.ts';

export interface ProseOptions {
  /** Columns of the terminal; asked for at each word, because a terminal can be resized. */
  columns(): number;
  paint: Paint;
}

/** A line that is longer than this is not wrapped at words: laying it out would cost more than it helps. */
const LONGEST_WORD = 4000;

/**
 * Lays out Markdown that arrives in pieces for a terminal: headings, lists, quotes, rules, code and emphasis are drawn,
 * and lines are wrapped at words. What it returns may be written at once; it keeps back the word whose end it has not
 * seen yet, and the start of a line until it knows what the line is.
 */
export class Prose {
  readonly #options: ProseOptions;
  readonly #inline: Inline;
  #rest = '';
  #line: LineKind | null = null;
  #fence = '';
  /** Where the cursor is, counted from the start of the row. */
  #column = 0;
  #space = '';

  constructor(options: ProseOptions) {
    this.#options = options;
    this.#inline = new Inline(options.paint);
  }

  /** Whether something was kept back. */
  get pending(): boolean {
    return this.#rest !== '' || this.#space !== '';
  }

  /** Something else has ended the row; the text continues at the start of the next one. */
  cut(): void {
    this.#column = 0;
  }

  write(text: string): string {
    this.#rest += text;
    return this.#take(false);
  }

  /** The text has ended: what was kept back, and the start of something new after it. */
  end(): string {
    const last = this.#take(true);
    this.#line = null;
    this.#fence = '';
    this.#space = '';
    this.#column = 0;
    this.#inline.reset();
    return last;
  }

  #take(ended: boolean): string {
    let out = '';
    for (;;) {
      const step = this.#line === null ? this.#startLine(ended) : this.#nextWord(ended);
      if (step === null) return out;
      out += step;
    }
  }

  /** Decides what the line is; null while it cannot be known. */
  #startLine(ended: boolean): string | null {
    if (this.#rest === '') return null;
    const start = blockStart(this.#rest, { ended, fence: this.#fence });
    if (start === null) return null;
    this.#rest = this.#rest.slice(start.length);
    this.#line = start.done ? null : start.line;
    this.#fence = start.fence;
    this.#space = '';
    this.#inline.startLine(start.line);
    if (start.line.kind === 'blank') this.#inline.reset();
    const drawn = start.line.draw(Math.min(this.#options.columns(), 60), this.#options.paint);
    this.#column = start.done ? 0 : widthOf(stripVTControlCharacters(drawn));
    return drawn;
  }

  /** The next word with the space before it, or the end of the line; null while its end is not known. */
  #nextWord(ended: boolean): string | null {
    const line = this.#line;
    if (this.#rest === '' || line === null) return null;
    if (this.#rest.startsWith('\n')) {
      this.#rest = this.#rest.slice(1);
      this.#line = null;
      this.#column = 0;
      return '\n';
    }
    if (!line.wraps) return this.#verbatim();
    const [whole = '', space = '', word = ''] = /^([ \t]*)([^\s]*)/.exec(this.#rest) ?? [];
    const known = ended || whole.length < this.#rest.length || word.length > LONGEST_WORD;
    if (!known) return null;
    this.#rest = this.#rest.slice(whole.length);
    this.#space += space.replaceAll('\t', '    ');
    // Spaces at the end of a line are not drawn.
    return word === '' ? '' : this.#place(this.#inline.draw(word), line);
  }

  /** Code and tables keep their lines; they are drawn as they come. */
  #verbatim(): string {
    const end = this.#rest.indexOf('\n');
    const text = end === -1 ? this.#rest : this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(text.length);
    return this.#options.paint('cyan', text);
  }

  #place(word: string, { hanging }: LineKind): string {
    const width = widthOf(stripVTControlCharacters(word));
    const space = this.#column === 0 ? '' : this.#space;
    this.#space = '';
    if (this.#column > widthOf(hanging) && this.#column + space.length + width > this.#options.columns()) {
      this.#column = widthOf(hanging) + width;
      return `\n${hanging}${word}`;
    }
    this.#column += space.length + width;
    return space + word;
  }
}
