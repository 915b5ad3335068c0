import type { CommandWords } from './command-words.ts';
import type { Heredoc } from './heredoc.ts';

/** What an open bracket suspends, to be restored when it closes. */
export interface Frame {
  kind: 'substitution' | 'pattern' | 'parameter' | 'group';
  words: CommandWords;
  quoted: boolean;
  pending: Heredoc[];
  arithmetic: Arithmetic;
  /** Offset of the bracket in the line. */
  start: number;
}

/** Which bracket of `((` this is, or one inside; `#`, `<<` and words have another meaning there. */
export type Arithmetic = 'none' | 'outer' | 'inner' | 'nested';

/** The stack of brackets that are open while a line is read. */
export class Frames {
  readonly #line: string;
  readonly #frames: Frame[] = [];
  /** Number of frames that suspend a word. */
  #suspended = 0;

  constructor(line: string) {
    this.#line = line;
  }

  get top(): Frame | undefined {
    return this.#frames.at(-1);
  }

  get isEmpty(): boolean {
    return this.#frames.length === 0;
  }

  pushFrame(frame: Frame): void {
    this.#frames.push(frame);
    if (frame.kind !== 'group') this.#suspended += 1;
  }

  pop(): Frame | undefined {
    const frame = this.#frames.pop();
    if (frame && frame.kind !== 'group') this.#suspended -= 1;
    return frame;
  }

  /** Whether a word waits for the result of what is read now. */
  get isNested(): boolean {
    return this.#suspended > 0;
  }

  get isArithmetic(): boolean {
    const around = this.top?.arithmetic ?? 'none';
    return around === 'inner' || around === 'nested';
  }

  /** Returns the arithmetic role that a round bracket at this offset would have. */
  arithmeticAt(at: number): Arithmetic {
    const around = this.top?.arithmetic ?? 'none';
    if (around === 'outer') return this.#line[at - 1] === '(' ? 'inner' : 'none';
    if (around !== 'none') return 'nested';
    return this.#line[at + 1] === '(' ? 'outer' : 'none';
  }

  /** Whether the reader is directly in the braces of `"${x:-…}"`, where shells disagree about quotes. */
  get isInQuotedParameter(): boolean {
    const inner = this.#frames.findLastIndex(({ kind }) => kind !== 'parameter') + 1;
    return this.#frames.slice(inner).some(({ quoted }) => quoted);
  }

  get isInPattern(): boolean {
    return this.#frames.some(({ kind }) => kind === 'pattern');
  }

  /** Whether here-documents of suspended commands still wait for their bodies. */
  get awaitBodies(): boolean {
    return this.#frames.some(({ kind, pending }) => kind !== 'group' && pending.length > 0);
  }
}
