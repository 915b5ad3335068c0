import type { WireEvent } from '../../../protocol/events.ts';
import { line, type Piece } from '../../../terminal/pieces/piece.ts';
import { oneLine, shortenCounted } from '../../../terminal/text.ts';
import { callLine, callRows, textRows } from '../../approvals/whole-call.ts';
import type { AskedCall } from './questions.ts';

type Of<T extends WireEvent['type']> = Extract<WireEvent, { type: T }>;

/** Columns for the arguments and the result of a call. */
const WIDTH = 80;

/** Tool calls and how they went, one dim line each. Later events know a call by its number only. */
export class Calls {
  readonly #tools = new Map<string, AskedCall>();
  #last: { asked: AskedCall; text: string } | null = null;

  /** A call that began before the view did. */
  know(call: string, tool: string, input?: unknown): void {
    this.#tools.set(call, input === undefined ? { tool } : { tool, input });
  }

  /** What is known of a call that has not ended. */
  about(call: string): AskedCall {
    return this.#tools.get(call) ?? { tool: 'a tool' };
  }

  asked({ step, content }: Of<'model_call_finished'>): Piece[] {
    const calls = content.filter((part) => part.type === 'tool-call' && part['providerExecuted'] !== true);
    return calls.map((part, position) => {
      const tool = String(part['toolName']);
      this.know(`${step}.${position + 1}`, tool, part['input']);
      return line('dim', `→ ${tool} ${argumentsOf(part['input'])}`.trimEnd());
    });
  }

  /** The arguments and the result of the call that ended last, whole. */
  showLast(): Piece[] {
    if (this.#last === null) return [line('dim', 'No tool was called since you joined.')];
    const { asked, text } = this.#last;
    const rows = (all: readonly string[]) => all.map((each) => line('dim', each));
    return [...rows([`→ ${asked.tool}`, ...callRows(asked.input), '←', ...textRows(text.trimEnd())])];
  }

  finished({ call, output }: Of<'tool_call_finished'>): Piece {
    const { type, value, reason } = output;
    const text = typeof value === 'string' ? value : JSON.stringify(value ?? reason ?? '');
    this.#last = { asked: this.about(call), text };
    const lines = text.trimEnd().split('\n').length;
    const more = lines > 1 ? ` (${lines} lines)` : '';
    const mark = type === 'error-text' ? '✗' : '←';
    return line(
      'dim',
      `${mark} ${this.#take(call)}: ${oneLine(text.trimStart().split('\n', 1)[0] ?? '', WIDTH)}${more}`,
    );
  }

  refused({ call, reason }: Of<'tool_call_refused'>): Piece {
    return line('dim', `✗ ${this.#take(call)} was not run: ${oneLine(reason, WIDTH * 2)}`);
  }

  unknown({ call, reason }: Of<'tool_call_outcome_unknown'>): Piece {
    const tool = this.#take(call);
    const what =
      reason === undefined
        ? `${tool} was interrupted: its outcome is unknown, it is not run again by itself`
        : `${tool}: its outcome is unknown, who worked on it is set aside: ${oneLine(reason, WIDTH * 2)}`;
    return line('dim', `? ${what}`);
  }

  #take(call: string): string {
    const { tool } = this.#tools.get(call) ?? { tool: 'tool' };
    this.#tools.delete(call);
    return tool;
  }
}

/** Enough to recognise the call; a mark says how much is left out. */
function argumentsOf(input: unknown): string {
  return shortenCounted(callLine(input), WIDTH);
}
