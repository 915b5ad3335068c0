import type { MarkdownStream } from '../../../terminal/markdown/prose.ts';
import type { OutputPiece } from '../../../terminal/pieces/piece.ts';
import { applyStyle } from '../../../terminal/style.ts';
import { toVisibleText } from '../../../util/visible-text.ts';

/** Output of the chat: an interactive terminal, or a pipe or file. */
export interface Screen {
  showText(pieces: readonly OutputPiece[]): void;
  close(): void;
}

/** Renders pieces as text to append to the output. `prose`, if given, lays out the Markdown of answers. */
export class PieceRenderer {
  readonly #prose: MarkdownStream | null;
  #openLine = false;
  /** First half of a surrogate pair or of a CRLF, whose second half arrives with the next text. */
  #half = '';

  constructor(prose: MarkdownStream | null = null) {
    this.#prose = prose;
  }

  /** Whether the last line is unfinished, so that the next text continues it. */
  get isLineOpen(): boolean {
    return this.#openLine;
  }

  /** Marks the line as ended by other output, such as a typed line. */
  breakLine(): void {
    this.#openLine = false;
    this.#prose?.breakRow();
  }

  renderPiece(piece: OutputPiece): string {
    if (piece.kind === 'text') {
      const visible = toVisibleText(this.#joinHalves(piece.text));
      const text = this.#prose?.write(visible) ?? visible;
      if (text !== '') this.#openLine = !text.endsWith('\n');
      return text;
    }
    const rest = this.#finishProse(toVisibleText(this.#half));
    this.#half = '';
    const before = this.#openLine || rest !== '' ? `${rest}\n` : '';
    this.#openLine = false;
    return piece.kind === 'break'
      ? before
      : `${before}${applyStyle(piece.style, toVisibleText(piece.text))}\n`;
  }

  #finishProse(half: string): string {
    return this.#prose ? this.#prose.write(half) + this.#prose.endStream() : half;
  }

  /** Prepends the half that was kept back, and keeps back a half at the end of the text. */
  #joinHalves(piece: string): string {
    const text = this.#half + piece;
    this.#half = /[\r\ud800-\udbff]$/.exec(text)?.[0] ?? '';
    return this.#half === '' ? text : text.slice(0, -1);
  }
}

/** Screen for pipes and files: writes pieces in order and never moves the cursor. */
export class PlainScreen implements Screen {
  readonly #typesetter = new PieceRenderer();

  showText(pieces: readonly OutputPiece[]): void {
    const text = pieces.map((piece) => this.#typesetter.renderPiece(piece)).join('');
    if (text !== '') process.stdout.write(text);
  }

  close(): void {
    this.showText([{ kind: 'break' }]);
  }
}
