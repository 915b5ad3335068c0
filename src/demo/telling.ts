import type { EntryChange } from '../client/conversation/changes.ts';
import type { CallEntry } from '../client/conversation/entries.ts';
import { renderAnswerChange } from '../terminal/pieces/answer.ts';
import type { OutputPiece } from '../terminal/pieces/piece.ts';
import { applyStyle, type Style } from '../terminal/style.ts';
import { toVisibleText } from '../util/visible-text.ts';
import { findChange } from './changes.ts';
import { findCallName } from './story.ts';

/** Width of the demo's output in columns; `INDENT` is where the worker's words start. */
const WIDTH = 98;
const INDENT = 17;

/** Prints the story while it happens: timestamped lines, and the worker's words as they are streamed. */
export class StoryPrinter {
  readonly #write: (text: string) => void;
  readonly #startedAt = performance.now();
  /** Columns used on the unfinished line; 0 when there is none. */
  #column = 0;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  printLine(text: string, style: Style = 'plain'): void {
    this.#endLine();
    this.#write(`${this.#formatTime()}${applyStyle(style, text)}\n`);
  }

  /** Prints what has changed in the worker's session: streamed text, or the tool calls of a finished model call. */
  printWorkerChanges(changes: readonly EntryChange[]): void {
    for (const { before, after } of changes) {
      if (after.kind !== 'answer') continue;
      const pieces = renderAnswerChange(before?.kind === 'answer' ? before : undefined, after);
      // The line stays open for the calls of the same answer.
      this.#printPieces(after.state === 'finished' ? pieces.slice(0, -1) : pieces);
    }
    const requested = changes.flatMap(({ before, after }) =>
      !before && after.kind === 'call' ? [after] : [],
    );
    if (requested.length > 0) {
      this.#printWords(` → ${requested.map(describeCall).join(', ')}`, 'dim');
      this.#endLine();
    }
    if (changes.some(({ after }) => after.kind === 'answer' && after.state === 'finished')) this.#endLine();
  }

  #printPieces(pieces: readonly OutputPiece[]): void {
    for (const piece of pieces) {
      if (piece.kind === 'break') this.#endLine();
      else this.#printWords(toVisibleText(piece.text), 'plain');
    }
  }

  #printWords(text: string, style: Style): void {
    for (const word of text.split(/(?<= )/)) {
      if (this.#column + word.trimEnd().length > WIDTH) this.#wrapLine();
      if (this.#column === 0) {
        this.#write(`${this.#formatTime()}${applyStyle('bold', 'worker ')} `);
        this.#column = INDENT;
      }
      this.#write(applyStyle(style, word));
      this.#column += word.length;
    }
  }

  #wrapLine(): void {
    this.#write(`\n${' '.repeat(INDENT)}`);
    this.#column = INDENT;
  }

  #endLine(): void {
    if (this.#column > 0) this.#write('\n');
    this.#column = 0;
  }

  #formatTime(): string {
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(1);
    return applyStyle('dim', `${seconds.padStart(5)} s  `);
  }
}

/** Describes a tool call briefly, such as `config listen` or `read_file plan.txt`. */
function describeCall({ tool, input }: CallEntry): string {
  const path = /"path":"([^"]+)"/.exec(JSON.stringify(input) ?? '')?.[1];
  return [tool, findChange(input)?.key ?? path ?? findCallName(input)].filter(Boolean).join(' ');
}
