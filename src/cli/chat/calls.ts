import type { WireEvent } from '../../protocol/events.ts';
import { oneLine } from '../text.ts';
import { line, type Piece } from './piece.ts';

type Of<T extends WireEvent['type']> = Extract<WireEvent, { type: T }>;

/** Columns for the arguments and the result of a call. */
const WIDTH = 80;

/** Tool calls and how they went, one dim line each. Later events know a call by its number only. */
export class Calls {
  readonly #tools = new Map<string, string>();
  readonly #arguments = new Map<string, string>();

  /** A call that began before the view did. */
  know(call: string, tool: string, input?: unknown): void {
    this.#tools.set(call, tool);
    this.#arguments.set(call, argumentsOf(input));
  }

  /** What is known of a call that has not ended. */
  about(call: string): { tool: string; arguments: string } {
    return { tool: this.#tools.get(call) ?? 'a tool', arguments: this.#arguments.get(call) ?? '' };
  }

  asked({ step, content }: Of<'model_call_finished'>): Piece[] {
    const calls = content.filter((part) => part.type === 'tool-call' && part['providerExecuted'] !== true);
    return calls.map((part, position) => {
      const tool = String(part['toolName']);
      this.know(`${step}.${position + 1}`, tool, part['input']);
      return line('dim', `→ ${tool} ${argumentsOf(part['input'])}`.trimEnd());
    });
  }

  finished({ call, output }: Of<'tool_call_finished'>): Piece {
    const { type, value, reason } = output;
    const text = typeof value === 'string' ? value : JSON.stringify(value ?? reason ?? '');
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
    const tool = this.#tools.get(call) ?? 'tool';
    this.#tools.delete(call);
    this.#arguments.delete(call);
    return tool;
  }
}

/** Enough to recognise the call: the value alone when there is just one. */
export function argumentsOf(input: unknown): string {
  if (typeof input !== 'object' || input === null) return oneLine(JSON.stringify(input) ?? '', WIDTH);
  const values: unknown[] = Object.values(input);
  if (values.length === 0) return '';
  const [only] = values;
  return oneLine(values.length === 1 && typeof only === 'string' ? only : JSON.stringify(input), WIDTH);
}
