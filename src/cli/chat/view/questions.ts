import type { ApprovalBody, QuestionBody } from '../../../protocol/approvals.ts';
import type { WireEvent } from '../../../protocol/events.ts';
import type { InquiryBody } from '../../../protocol/inquiries.ts';
import { line, type Piece } from '../../../terminal/pieces/piece.ts';
import { oneLine, shortenCounted } from '../../../terminal/text.ts';
import { callLine } from '../../approvals/whole-call.ts';
import { type OpenQuestion, questionPieces } from './question-pieces.ts';

type Of<T extends WireEvent['type']> = Extract<WireEvent, { type: T }>;

/** Maximum width of notes in a decision line, in columns; longer ones are cut. */
const WIDTH = 200;
/** Maximum width of a question in the list that asks which of several is meant, in columns. */
const LISTED = 80;

/** The resolution of a question, from an event of the followed session or relayed from another session. */
interface Resolved {
  approval: string;
  decision: Of<'approval_resolved'>['decision'];
  from?: string | null | undefined;
  note?: string | null | undefined;
  scope?: Of<'approval_resolved'>['scope'];
}

/** The call that a question is about, as far as the view knows it; `input` is absent when its start was not seen. */
export type AskedCall = Pick<OpenQuestion, 'tool'> & { input?: unknown };

/** The question that a command means, or the pieces to show when the command is ambiguous. */
export type Choice = { approval: string } | { pieces: Piece[] };

/** Open approvals and elicitations: renders each one when it opens and again when it is resolved, whatever the outcome. */
export class Questions {
  readonly #open = new Map<string, OpenQuestion>();

  /** Ids of the open questions in the order they were asked, oldest first. */
  get open(): string[] {
    return [...this.#open.keys()];
  }

  /** Returns the session in which the question must be decided; `undefined` means the followed session. */
  sessionOf(approval: string): string | undefined {
    return this.#open.get(approval)?.session;
  }

  /** Adds questions that were open before the session `own` was joined, and renders them oldest first. */
  begin(approvals: readonly ApprovalBody[], own: string): Piece[] {
    const inOrder = approvals.toSorted(
      (a, b) => a.requestedAt - b.requestedAt || (a.approval < b.approval ? -1 : 1),
    );
    return inOrder.flatMap((body) => this.#ask(body.approval, openQuestion(body, own)));
  }

  /** Handles a question relayed from a delegated session: renders it when it opens and when it is resolved. */
  heard({ call, question }: { call: string; question: QuestionBody }): Piece[] {
    const { approval, session, tool, input, rule, inquiry = null, state, from, note } = question;
    if (state !== 'pending') return this.resolved({ approval, decision: state, from, note });
    return this.#ask(approval, { session, call, tool, input, rule, inquiry, shown: false });
  }

  /** Closes the questions of delegated sessions whose call has ended, because they no longer need an answer. */
  settled(call: string): Piece[] {
    const over = [...this.#open].filter(([, asked]) => asked.call === call);
    return over.flatMap(([approval]) => this.resolved({ approval, decision: 'superseded' }));
  }

  /** Handles a question of the followed session; `call` is what the view knows about its tool call. */
  asked(event: Of<'approval_requested'>, call: AskedCall): Piece[] {
    const { approval, rule, inquiry = null } = event;
    return this.#ask(approval, { ...call, rule, inquiry, shown: false });
  }

  /** Returns the tool's question; `undefined` when the question is not open or a permission rule asks. */
  of(approval: string): InquiryBody | undefined {
    return this.#open.get(approval)?.inquiry ?? undefined;
  }

  /** Selects the named question, or the only open one. With several open, returns a list that asks which one is meant. */
  choose(id: string | undefined, command: string): Choice {
    const { open } = this;
    if (id !== undefined && open.includes(id)) return { approval: id };
    if (open.length === 0) return { pieces: [line('dim', 'No call is waiting for an approval.')] };
    const [only] = open;
    if (id === undefined && only !== undefined && open.length === 1) return { approval: only };
    const why =
      id === undefined ? 'Several questions are open' : `No open question has the id ${oneLine(id, 40)}`;
    const example = `${why}; choose one, for example ${command} ${only}:`;
    return { pieces: [line('yellow', example), ...open.map((each) => this.#listed(each))] };
  }

  /** Explains why a question cannot be approved yet; empty once everything it covers has been on the screen. */
  mustShow(approval: string): Piece[] {
    if (this.#open.get(approval)?.shown) return [];
    const words = `Question ${approval} was not shown in full. Run /show ${approval} first, then decide.`;
    return [line('yellow', words)];
  }

  /** Renders a question in full, from the daemon's record, and marks it as shown. */
  show(body: ApprovalBody, own: string): Piece[] {
    const question = openQuestion(body, own);
    const open = this.#open.get(body.approval);
    if (open) open.shown = true;
    return questionPieces(body.approval, question, false).pieces;
  }

  resolved({ approval, decision, from, note, scope }: Resolved): Piece[] {
    const { tool, inquiry } = this.#open.get(approval) ?? {};
    this.#open.delete(approval);
    const by = from ? ` by ${oneLine(from, 40)}` : '';
    const said = note ? `: ${oneLine(note, WIDTH)}` : '';
    const what = `the question ${approval}${tool === undefined ? '' : ` about ${tool}`}`;
    switch (decision) {
      case 'approved': {
        const done = inquiry ? 'answered' : 'approved';
        return [line('green', `✓ ${what} was ${done}${by}${SCOPES[scope ?? 'once']}${said}`)];
      }
      case 'denied':
        return [line('red', `✗ ${what} was denied${by}${said}`)];
      case 'expired':
        return [line('dim', `✗ ${what} expired: no decision in time`)];
      case 'superseded':
        return [line('dim', `… ${what} no longer needs an answer`)];
    }
  }

  #ask(approval: string, question: OpenQuestion): Piece[] {
    if (this.#open.has(approval)) return [];
    const { pieces, complete } = questionPieces(approval, question, true);
    this.#open.set(approval, { ...question, shown: complete });
    return pieces;
  }

  #listed(approval: string): Piece {
    const { session, tool = '', input, inquiry } = this.#open.get(approval) ?? {};
    const about = inquiry ? `asks: ${inquiry.message}` : callLine(input);
    const whose = session === undefined ? '' : `${oneLine(session, 40)}: `;
    return line(
      'dim',
      `  ${approval}  ${whose}${shortenCounted(oneLine(`${tool} ${about}`, Infinity), LISTED)}`,
    );
  }
}

function openQuestion({ session, tool, input, rule, inquiry }: ApprovalBody, own: string): OpenQuestion {
  const question = { tool, input, rule, inquiry, shown: false };
  return session === own ? question : { ...question, session };
}

const SCOPES = { once: '', session: ' for this session', always: ' for every session' };
