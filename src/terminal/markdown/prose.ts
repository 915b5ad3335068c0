import { stripVTControlCharacters } from 'node:util';
import type { Paint } from '../style.ts';
import { measureWidth } from '../text.ts';
import { InlineFormatter } from './inline.ts';
import { type LineKind, parseLineStart } from './line.ts';

export interface MarkdownOptions {
  /** Returns the width of the terminal in columns; called for each word, because a terminal can be resized. */
  columns(): number;
  paint: Paint;
}

/** Maximum length of a word in characters; a longer one is drawn in parts, so that buffering it stays cheap. */
const LONGEST_WORD = 4000;

/**
 * Lays out streamed Markdown for a terminal: draws headings, lists, quotes, rules, code and emphasis, and wraps lines at
 * words. The returned text can be written at once. An incomplete word is kept back, and so is the start of a line until
 * its kind is known.
 */
export class MarkdownStream {
  readonly #options: MarkdownOptions;
  readonly #inline: InlineFormatter;
  #rest = '';
  #line: LineKind | null = null;
  #fence = '';
  /** Column of the cursor, counted from 0 at the start of the row. */
  #column = 0;
  #space = '';

  constructor(options: MarkdownOptions) {
    this.#options = options;
    this.#inline = new InlineFormatter(options.paint);
  }

  /** Whether text was kept back that `end` would return. */
  get hasPending(): boolean {
    return this.#rest !== '' || this.#space !== '';
  }

  /** Marks the row as ended by other output; the text continues at the start of the next row. */
  breakRow(): void {
    this.#column = 0;
  }

  write(text: string): string {
    this.#rest += text;
    return this.#drawAvailable(false);
  }

  /** Ends the text: returns what was kept back and resets all state, so that the next text starts afresh. */
  endStream(): string {
    const last = this.#drawAvailable(true);
    this.#line = null;
    this.#fence = '';
    this.#space = '';
    this.#column = 0;
    this.#inline.reset();
    return last;
  }

  #drawAvailable(ended: boolean): string {
    let out = '';
    for (;;) {
      const step = this.#line === null ? this.#startLine(ended) : this.#nextWord(ended);
      if (step === null) return out;
      out += step;
    }
  }

  /** Classifies the line and draws its prefix; returns null while its kind cannot be known yet. */
  #startLine(ended: boolean): string | null {
    if (this.#rest === '') return null;
    const start = parseLineStart(this.#rest, { ended, fence: this.#fence });
    if (start === null) return null;
    this.#rest = this.#rest.slice(start.length);
    this.#line = start.done ? null : start.line;
    this.#fence = start.fence;
    this.#space = '';
    this.#inline.startLine(start.line);
    if (start.line.kind === 'blank') this.#inline.reset();
    const drawn = start.line.draw(Math.min(this.#options.columns(), 60), this.#options.paint);
    this.#column = start.done ? 0 : measureWidth(stripVTControlCharacters(drawn));
    return drawn;
  }

  /** Draws the next word with the space before it, or the line's end; returns null while the word is incomplete. */
  #nextWord(ended: boolean): string | null {
    const line = this.#line;
    if (this.#rest === '' || line === null) return null;
    if (this.#rest.startsWith('\n')) {
      this.#rest = this.#rest.slice(1);
      this.#line = null;
      this.#column = 0;
      return '\n';
    }
    if (!line.wraps) return this.#drawVerbatim();
    const [whole = '', space = '', word = ''] = /^([ \t]*)([^\s]*)/.exec(this.#rest) ?? [];
    const known = ended || whole.length < this.#rest.length || word.length > LONGEST_WORD;
    if (!known) return null;
    this.#rest = this.#rest.slice(whole.length);
    this.#space += space.replaceAll('\t', '    ');
    // Spaces at the end of a line are not drawn.
    return word === '' ? '' : this.#placeWord(this.#inline.drawWord(word), line);
  }

  /** Draws code and tables as they arrive, because their line breaks and spaces must be preserved. */
  #drawVerbatim(): string {
    const end = this.#rest.indexOf('\n');
    const text = end === -1 ? this.#rest : this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(text.length);
    return this.#options.paint('cyan', text);
  }

  #placeWord(word: string, { hanging }: LineKind): string {
    const width = measureWidth(stripVTControlCharacters(word));
    const space = this.#column === 0 ? '' : this.#space;
    this.#space = '';
    if (
      this.#column > measureWidth(hanging) &&
      this.#column + space.length + width > this.#options.columns()
    ) {
      this.#column = measureWidth(hanging) + width;
      return `\n${hanging}${word}`;
    }
    this.#column += space.length + width;
    return space + word;
  }
}
