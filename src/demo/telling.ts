import type { FollowedItem } from '../client/follow.ts';
import type { WireEvent } from '../protocol/events.ts';
import { Answer } from '../terminal/pieces/answer.ts';
import type { Piece } from '../terminal/pieces/piece.ts';
import { type Style, styled } from '../terminal/style.ts';
import { visibleText } from '../util/visible-text.ts';
import { changeIn } from './changes.ts';
import { nameOfCall } from './story.ts';

type Finished = Extract<WireEvent, { type: 'model_call_finished' }>;

/** Width of the demo's output in columns; `INDENT` is where the worker's words start. */
const WIDTH = 98;
const INDENT = 17;

/** Prints the story while it happens: timestamped lines, and the worker's words as they are streamed. */
export class Telling {
  readonly #write: (text: string) => void;
  readonly #startedAt = performance.now();
  readonly #answer = new Answer();
  /** Columns used on the unfinished line; 0 when there is none. */
  #column = 0;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  line(text: string, style: Style = 'plain'): void {
    this.#endLine();
    this.#write(`${this.#time()}${styled(style, text)}\n`);
  }

  /** Prints an item of the worker's session: streamed text, or the tool calls of a finished model call. */
  worker(item: FollowedItem): void {
    if (item.kind === 'delta') this.#show(this.#answer.stream(item.delta));
    if (item.kind !== 'event' || item.event.type !== 'model_call_finished') return;
    const { event } = item;
    this.#show(this.#answer.finish(event).slice(0, -1));
    const calls = callsOf(event);
    if (calls !== '') this.#words(` → ${calls}`, 'dim');
    this.#endLine();
  }

  #show(pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      if (piece.kind === 'break') this.#endLine();
      else this.#words(visibleText(piece.text), 'plain');
    }
  }

  #words(text: string, style: Style): void {
    for (const word of text.split(/(?<= )/)) {
      if (this.#column + word.trimEnd().length > WIDTH) this.#wrap();
      if (this.#column === 0) {
        this.#write(`${this.#time()}${styled('bold', 'worker ')} `);
        this.#column = INDENT;
      }
      this.#write(styled(style, word));
      this.#column += word.length;
    }
  }

  #wrap(): void {
    this.#write(`\n${' '.repeat(INDENT)}`);
    this.#column = INDENT;
  }

  #endLine(): void {
    if (this.#column > 0) this.#write('\n');
    this.#column = 0;
  }

  #time(): string {
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(1);
    return styled('dim', `${seconds.padStart(5)} s  `);
  }
}

function callsOf({ content }: Finished): string {
  const calls = content.filter((part) => part.type === 'tool-call');
  return calls.map((part) => labelOfCall(part['toolName'], part['input'])).join(', ');
}

/** Describes a tool call briefly, such as `config listen` or `read_file plan.txt`. */
function labelOfCall(tool: unknown, input: unknown): string {
  const path = /"path":"([^"]+)"/.exec(JSON.stringify(input) ?? '')?.[1];
  return [tool, changeIn(input)?.key ?? path ?? nameOfCall(input)].filter(Boolean).join(' ');
}
