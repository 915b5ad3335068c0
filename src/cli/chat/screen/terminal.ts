import { clearScreenDown, cursorTo, type Interface, moveCursor } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import type { MarkdownStream } from '../../../terminal/markdown/prose.ts';
import type { OutputPiece } from '../../../terminal/pieces/piece.ts';
import { measureWidth } from '../../../terminal/text.ts';
import { PieceRenderer, type Screen } from './screen.ts';

/** Output stream of a terminal. `columns` is absent or 0 when the terminal does not know its width. */
export type TerminalOutput = NodeJS.WritableStream & { columns?: number };

/**
 * Screen that writes output above the line that is being typed: it erases the prompt, continues where the last output
 * stopped, and draws the prompt below it again.
 */
export class TerminalScreen implements Screen {
  readonly #readline: Interface;
  readonly #out: TerminalOutput;
  readonly #typesetter: PieceRenderer;
  /** Column where the unfinished line stopped; 0 when the next output starts a new row. */
  #column = 0;
  #closed = false;

  /** `prose` lays out the Markdown of answers; without it, answers are shown as they arrive. */
  constructor(readline: Interface, out: TerminalOutput, prose: MarkdownStream | null = null) {
    this.#readline = readline;
    this.#out = out;
    this.#typesetter = new PieceRenderer(prose);
    readline.prompt();
  }

  showText(pieces: readonly OutputPiece[]): void {
    const text = pieces.map((piece) => this.#typesetter.renderPiece(piece)).join('');
    if (text === '' || this.#closed) return;
    this.#erasePrompt();
    this.#out.write(text);
    this.#column = this.#columnAfter(text);
    if (this.#typesetter.isLineOpen) this.#out.write('\n');
    if (this.#column === 0) this.#typesetter.breakLine();
    // readline moves up by the rows of its last prompt before it redraws, but that prompt has been erased.
    Reflect.set(this.#readline, 'prevRows', 0);
    this.#readline.prompt(true);
  }

  /** Continues the output below a line that was just typed, which stays on the screen. */
  continueBelowInput(): void {
    this.#typesetter.breakLine();
    this.#column = 0;
    this.#readline.prompt();
  }

  close(): void {
    if (this.#closed) return;
    this.#erasePrompt();
    if (this.#typesetter.isLineOpen) this.#out.write('\n');
    this.#closed = true;
  }

  #erasePrompt(): void {
    moveCursor(this.#out, 0, -this.#readline.getCursorPos().rows);
    cursorTo(this.#out, 0);
    clearScreenDown(this.#out);
    if (this.#column === 0) return;
    moveCursor(this.#out, 0, -1);
    cursorTo(this.#out, this.#column);
  }

  /** Returns the cursor's column after the text. An exactly full row yields 0, because the terminal wraps there. */
  #columnAfter(text: string): number {
    const plain = stripVTControlCharacters(text).replaceAll('\t', '        ');
    const start = plain.lastIndexOf('\n') + 1;
    const before = start === 0 ? this.#column : 0;
    return (before + measureWidth(plain.slice(start))) % (this.#out.columns || 80);
  }
}
