import type { WireEvent } from '../../../protocol/events.ts';
import { makeLine, type OutputPiece } from '../../../terminal/pieces/piece.ts';
import { shortenWithCount, toOneLine } from '../../../terminal/text.ts';
import { formatCallLine, formatCallRows, formatTextRows } from '../../approvals/whole-call.ts';
import type { KnownCall } from './questions.ts';

type EventOf<T extends WireEvent['type']> = Extract<WireEvent, { type: T }>;

/** Width of a call's arguments and of its result, in columns; the rest is cut. */
const WIDTH = 80;

/** Renders tool calls and their results, one dim line each. Remembers each call, because later events name only its id. */
export class ToolCallView {
  readonly #tools = new Map<string, KnownCall>();
  #last: { asked: KnownCall; text: string } | null = null;

  /** Registers a call, also one that started before the session was joined. */
  registerCall(call: string, tool: string, input?: unknown): void {
    this.#tools.set(call, input === undefined ? { tool } : { tool, input });
  }

  /** Returns the tool and arguments of a running call; a placeholder when its start was not seen. */
  lookUpCall(call: string): KnownCall {
    return this.#tools.get(call) ?? { tool: 'a tool' };
  }

  renderRequested({ step, content }: EventOf<'model_call_finished'>): OutputPiece[] {
    const calls = content.filter((part) => part.type === 'tool-call' && part['providerExecuted'] !== true);
    return calls.map((part, position) => {
      const tool = String(part['toolName']);
      this.registerCall(`${step}.${position + 1}`, tool, part['input']);
      return makeLine('dim', `→ ${tool} ${shortenArguments(part['input'])}`.trimEnd());
    });
  }

  /** Renders the call that finished last, with its complete arguments and result. */
  renderLastCall(): OutputPiece[] {
    if (this.#last === null) return [makeLine('dim', 'No tool call has finished since you joined.')];
    const { asked, text } = this.#last;
    const rows = (all: readonly string[]) => all.map((each) => makeLine('dim', each));
    return [
      ...rows([`→ ${asked.tool}`, ...formatCallRows(asked.input), '←', ...formatTextRows(text.trimEnd())]),
    ];
  }

  renderFinished({ call, output }: EventOf<'tool_call_finished'>): OutputPiece {
    const { type, value, reason } = output;
    const text = typeof value === 'string' ? value : JSON.stringify(value ?? reason ?? '');
    this.#last = { asked: this.lookUpCall(call), text };
    const lines = text.trimEnd().split('\n').length;
    const more = lines > 1 ? ` (${lines} lines)` : '';
    const mark = type === 'error-text' ? '✗' : '←';
    return makeLine(
      'dim',
      `${mark} ${this.#removeCall(call)}: ${toOneLine(text.trimStart().split('\n', 1)[0] ?? '', WIDTH)}${more}`,
    );
  }

  renderRefused({ call, reason }: EventOf<'tool_call_refused'>): OutputPiece {
    return makeLine('dim', `✗ ${this.#removeCall(call)} was not run: ${toOneLine(reason, WIDTH * 2)}`);
  }

  renderUnknownOutcome({ call, reason }: EventOf<'tool_call_outcome_unknown'>): OutputPiece {
    const tool = this.#removeCall(call);
    const what =
      reason === undefined
        ? `${tool} was interrupted: its outcome is unknown, and it is not retried automatically`
        : `${tool}: its outcome is unknown, because the session it ran in is quarantined: ${toOneLine(reason, WIDTH * 2)}`;
    return makeLine('dim', `? ${what}`);
  }

  #removeCall(call: string): string {
    const { tool } = this.#tools.get(call) ?? { tool: 'tool' };
    this.#tools.delete(call);
    return tool;
  }
}

/** Shortens the arguments to what identifies the call, with a mark that says how many characters are hidden. */
function shortenArguments(input: unknown): string {
  return shortenWithCount(formatCallLine(input), WIDTH);
}
