import type { WireEvent } from '../../../protocol/events.ts';
import { line, type Piece } from '../../../terminal/pieces/piece.ts';
import { oneLine, shortenCounted } from '../../../terminal/text.ts';
import { callLine, callRows, textRows } from '../../approvals/whole-call.ts';
import type { AskedCall } from './questions.ts';

type Of<T extends WireEvent['type']> = Extract<WireEvent, { type: T }>;

/** Width of a call's arguments and of its result, in columns; the rest is cut. */
const WIDTH = 80;

/** Renders tool calls and their results, one dim line each. Remembers each call, because later events name only its id. */
export class Calls {
  readonly #tools = new Map<string, AskedCall>();
  #last: { asked: AskedCall; text: string } | null = null;

  /** Registers a call, also one that started before the session was joined. */
  know(call: string, tool: string, input?: unknown): void {
    this.#tools.set(call, input === undefined ? { tool } : { tool, input });
  }

  /** Returns the tool and arguments of a running call; a placeholder when its start was not seen. */
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

  /** Renders the call that finished last, with its complete arguments and result. */
  showLast(): Piece[] {
    if (this.#last === null) return [line('dim', 'No tool call has finished since you joined.')];
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
        ? `${tool} was interrupted: its outcome is unknown, and it is not retried automatically`
        : `${tool}: its outcome is unknown, because the session it ran in is quarantined: ${oneLine(reason, WIDTH * 2)}`;
    return line('dim', `? ${what}`);
  }

  #take(call: string): string {
    const { tool } = this.#tools.get(call) ?? { tool: 'tool' };
    this.#tools.delete(call);
    return tool;
  }
}

/** Shortens the arguments to what identifies the call, with a mark that says how many characters are hidden. */
function argumentsOf(input: unknown): string {
  return shortenCounted(callLine(input), WIDTH);
}
