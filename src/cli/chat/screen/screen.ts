import type { Prose } from '../../../terminal/markdown/prose.ts';
import type { Piece } from '../../../terminal/pieces/piece.ts';
import { styled } from '../../../terminal/style.ts';
import { visibleText } from '../../../util/visible-text.ts';

/** Where pieces are shown. */
export interface Screen {
  show(pieces: readonly Piece[]): void;
  close(): void;
}

/** Pieces as text to append, whatever it is appended to. Answers are laid out by `prose`, if there is one. */
export class Typesetter {
  readonly #prose: Prose | null;
  #openLine = false;
  /** The first half of a character whose second half comes with the next text. */
  #half = '';

  constructor(prose: Prose | null = null) {
    this.#prose = prose;
  }

  /** True while the last line may go on. */
  get openLine(): boolean {
    return this.#openLine;
  }

  /** Something else ended the line. */
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

  /** Text with the half that was kept before it, and without a half at its end. */
  #complete(piece: string): string {
    const text = this.#half + piece;
    this.#half = /[\r\ud800-\udbff]$/.exec(text)?.[0] ?? '';
    return this.#half === '' ? text : text.slice(0, -1);
  }
}

/** For pipes and files: everything in order, nothing rewritten. */
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
