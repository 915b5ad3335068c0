import { styled } from '../style.ts';
import { harmless } from '../text.ts';
import type { Piece } from './piece.ts';

/** Where pieces are shown. */
export interface Screen {
  show(pieces: readonly Piece[]): void;
  close(): void;
}

/** Pieces as text to append, whatever it is appended to. */
export class Typesetter {
  #openLine = false;

  /** True while the last line may go on. */
  get openLine(): boolean {
    return this.#openLine;
  }

  /** Something else ended the line. */
  cut(): void {
    this.#openLine = false;
  }

  set(piece: Piece): string {
    if (piece.kind === 'text') {
      const text = harmless(piece.text);
      if (text !== '') this.#openLine = !text.endsWith('\n');
      return text;
    }
    const before = this.#openLine ? '\n' : '';
    this.#openLine = false;
    return piece.kind === 'break' ? before : `${before}${styled(piece.style, harmless(piece.text))}\n`;
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
