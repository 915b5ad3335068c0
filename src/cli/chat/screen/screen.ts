import type { Prose } from '../../../terminal/markdown/prose.ts';
import type { Piece } from '../../../terminal/pieces/piece.ts';
import { styled } from '../../../terminal/style.ts';
import { visibleText } from '../../../util/visible-text.ts';

/** Output of the chat: an interactive terminal, or a pipe or file. */
export interface Screen {
  show(pieces: readonly Piece[]): void;
  close(): void;
}

/** Renders pieces as text to append to the output. `prose`, if given, lays out the Markdown of answers. */
export class Typesetter {
  readonly #prose: Prose | null;
  #openLine = false;
  /** First half of a surrogate pair or of a CRLF, whose second half arrives with the next text. */
  #half = '';

  constructor(prose: Prose | null = null) {
    this.#prose = prose;
  }

  /** Whether the last line is unfinished, so that the next text continues it. */
  get openLine(): boolean {
    return this.#openLine;
  }

  /** Marks the line as ended by other output, such as a typed line. */
  cut(): void {
    this.#openLine = false;
    this.#prose?.cut();
  }

  set(piece: Piece): string {
    if (piece.kind === 'text') {
      const visible = visibleText(this.#complete(piece.text));
      const text = this.#prose?.write(visible) ?? visible;
      if (text !== '') this.#openLine = !text.endsWith('\n');
      return text;
    }
    const rest = this.#end(visibleText(this.#half));
    this.#half = '';
    const before = this.#openLine || rest !== '' ? `${rest}\n` : '';
    this.#openLine = false;
    return piece.kind === 'break' ? before : `${before}${styled(piece.style, visibleText(piece.text))}\n`;
  }

  #end(half: string): string {
    return this.#prose ? this.#prose.write(half) + this.#prose.end() : half;
  }

  /** Prepends the half that was kept back, and keeps back a half at the end of the text. */
  #complete(piece: string): string {
    const text = this.#half + piece;
    this.#half = /[\r\ud800-\udbff]$/.exec(text)?.[0] ?? '';
    return this.#half === '' ? text : text.slice(0, -1);
  }
}

/** Screen for pipes and files: writes pieces in order and never moves the cursor. */
export class PlainScreen implements Screen {
  readonly #typesetter = new Typesetter();

  show(pieces: readonly Piece[]): void {
    const text = pieces.map((piece) => this.#typesetter.set(piece)).join('');
    if (text !== '') process.stdout.write(text);
  }

  close(): void {
    this.show([{ kind: 'break' }]);
  }
}
