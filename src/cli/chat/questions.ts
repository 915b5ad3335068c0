import type { ApprovalBody } from '../../protocol/approvals.ts';
import type { WireEvent } from '../../protocol/events.ts';
import { oneLine } from '../text.ts';
import { line, type Piece } from './piece.ts';

type Of<T extends WireEvent['type']> = Extract<WireEvent, { type: T }>;

const WIDTH = 200;

/** What a question is about. */
export interface Asked {
  tool: string;
  arguments: string;
  rule: string;
}

/** Calls that wait for a person: shown when they begin to wait, and marked when that is over, however it ends. */
export class Questions {
  readonly #open = new Map<string, Asked>();

  /** Ids of those that are open, in the order in which they were asked. */
  get open(): string[] {
    return [...this.#open.keys()];
  }

  /** One that was asked before the view began. */
  begin({ approval, tool, rule }: ApprovalBody, shown: string): Piece[] {
    return this.#ask(approval, { tool, arguments: shown, rule });
  }

  /** `call` is what the view knows of the call. */
  asked({ approval, rule }: Of<'approval_requested'>, call: Omit<Asked, 'rule'>): Piece[] {
    return this.#ask(approval, { ...call, rule });
  }

  resolved({ approval, decision, from, note, scope }: Of<'approval_resolved'>): Piece[] {
    const tool = this.#open.get(approval)?.tool;
    this.#open.delete(approval);
    const by = from === undefined ? '' : ` by ${oneLine(from, 40)}`;
    const said = note === undefined ? '' : `: ${oneLine(note, WIDTH)}`;
    const what = `the question ${approval}${tool === undefined ? '' : ` about ${tool}`}`;
    switch (decision) {
      case 'approved':
        return [line('green', `✓ ${what} was approved${by}${SCOPES[scope ?? 'once']}${said}`)];
      case 'denied':
        return [line('red', `✗ ${what} was denied${by}${said}`)];
      case 'expired':
        return [line('dim', `✗ ${what} has expired: nobody answered in time`)];
      case 'superseded':
        return [line('dim', `… ${what} needs no answer any more`)];
    }
  }

  #ask(approval: string, asked: Asked): Piece[] {
    if (this.#open.has(approval)) return [];
    this.#open.set(approval, asked);
    return [
      line(
        'yellow',
        `? ${`${asked.tool} ${asked.arguments}`.trimEnd()} needs an approval (question ${approval})`,
      ),
      line('dim', `  /approve, /always for ${oneLine(asked.rule, WIDTH)}, or /deny and why`),
    ];
  }
}

const SCOPES = { once: '', session: ' for this session', always: ' for every session' };
