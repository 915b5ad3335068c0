import { clearScreenDown, cursorTo, type Interface, moveCursor } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import type { Prose } from '../../../terminal/markdown/prose.ts';
import type { Piece } from '../../../terminal/pieces/piece.ts';
import { widthOf } from '../../../terminal/text.ts';
import { type Screen, Typesetter } from './screen.ts';

/** `columns` is absent or 0 where the terminal does not know its width. */
export type TerminalOutput = NodeJS.WritableStream & { columns?: number };

/**
 * Output above the line that is being typed: takes the prompt away, goes on where the last output stopped, and puts
 * the prompt below it again.
 */
export class TerminalScreen implements Screen {
  readonly #readline: Interface;
  readonly #out: TerminalOutput;
  readonly #typesetter: Typesetter;
  /** Where the open line stopped; 0 when the next output begins at the start of a row. */
  #column = 0;
  #closed = false;

  /** `prose` lays out what the model says; without one it is shown as it comes. */
  constructor(readline: Interface, out: TerminalOutput, prose: Prose | null = null) {
    this.#readline = readline;
    this.#out = out;
    this.#typesetter = new Typesetter(prose);
    readline.prompt();
  }

  show(pieces: readonly Piece[]): void {
    const text = pieces.map((piece) => this.#typesetter.set(piece)).join('');
    if (text === '' || this.#closed) return;
    this.#leavePrompt();
    this.#out.write(text);
    this.#column = this.#columnAfter(text);
    if (this.#typesetter.openLine) this.#out.write('\n');
    if (this.#column === 0) this.#typesetter.cut();
    // readline goes up by the rows that it drew last before it draws again, and the prompt is not there any more.
    Reflect.set(this.#readline, 'prevRows', 0);
    this.#readline.prompt(true);
  }

  /** A line was typed; it stays where it is, and output goes on below it. */
  typed(): void {
    this.#typesetter.cut();
    this.#column = 0;
    this.#readline.prompt();
  }

  close(): void {
    if (this.#closed) return;
    this.#leavePrompt();
    if (this.#typesetter.openLine) this.#out.write('\n');
    this.#closed = true;
  }

  #leavePrompt(): void {
    moveCursor(this.#out, 0, -this.#readline.getCursorPos().rows);
    cursorTo(this.#out, 0);
    clearScreenDown(this.#out);
    if (this.#column === 0) return;
    moveCursor(this.#out, 0, -1);
    cursorTo(this.#out, this.#column);
  }

  /** A row that is exactly full counts as ended: the terminal continues in the next one. */
  #columnAfter(text: string): number {
    const plain = stripVTControlCharacters(text).replaceAll('\t', '        ');
    const start = plain.lastIndexOf('\n') + 1;
    const before = start === 0 ? this.#column : 0;
    return (before + widthOf(plain.slice(start))) % (this.#out.columns || 80);
  }
}
