import type { ApprovalBody, QuestionBody } from '../../../protocol/approvals.ts';
import type { WireEvent } from '../../../protocol/events.ts';
import type { InquiryBody } from '../../../protocol/inquiries.ts';
import { makeLine, type OutputPiece } from '../../../terminal/pieces/piece.ts';
import { shortenWithCount, toOneLine } from '../../../terminal/text.ts';
import { formatCallLine } from '../../approvals/whole-call.ts';
import { type OpenQuestion, renderQuestion } from './question-pieces.ts';

type EventOf<T extends WireEvent['type']> = Extract<WireEvent, { type: T }>;

/** Maximum width of notes in a decision line, in columns; longer ones are cut. */
const WIDTH = 200;
/** Maximum width of a question in the list that asks which of several is meant, in columns. */
const LISTED_WIDTH = 80;

/** The resolution of a question, from an event of the followed session or relayed from another session. */
interface ResolvedQuestion {
  approval: string;
  decision: EventOf<'approval_resolved'>['decision'];
  from?: string | null | undefined;
  note?: string | null | undefined;
  scope?: EventOf<'approval_resolved'>['scope'];
}

/** The call that a question is about, as far as the view knows it; `input` is absent when its start was not seen. */
export type KnownCall = Pick<OpenQuestion, 'tool'> & { input?: unknown };

/** The question that a command means, or the pieces to show when the command is ambiguous. */
export type QuestionChoice = { approval: string } | { pieces: OutputPiece[] };

/** Open approvals and elicitations: renders each one when it opens and again when it is resolved, whatever the outcome. */
export class OpenQuestions {
  readonly #open = new Map<string, OpenQuestion>();

  /** Ids of the open questions in the order they were asked, oldest first. */
  get openIds(): string[] {
    return [...this.#open.keys()];
  }

  /** Returns the session in which the question must be decided; `undefined` means the followed session. */
  sessionOf(approval: string): string | undefined {
    return this.#open.get(approval)?.session;
  }

  /** Adds questions that were open before the session `own` was joined, and renders them oldest first. */
  addExisting(approvals: readonly ApprovalBody[], own: string): OutputPiece[] {
    const inOrder = approvals.toSorted(
      (a, b) => a.requestedAt - b.requestedAt || (a.approval < b.approval ? -1 : 1),
    );
    return inOrder.flatMap((body) => this.#addQuestion(body.approval, toOpenQuestion(body, own)));
  }

  /** Handles a question relayed from a delegated session: renders it when it opens and when it is resolved. */
  handleRelayed({ call, question }: { call: string; question: QuestionBody }): OutputPiece[] {
    const { approval, session, tool, input, rule, inquiry = null, state, from, note } = question;
    if (state !== 'pending') return this.handleResolved({ approval, decision: state, from, note });
    return this.#addQuestion(approval, { session, call, tool, input, rule, inquiry, shown: false });
  }

  /** Closes the questions of delegated sessions whose call has ended, because they no longer need an answer. */
  closeForCall(call: string): OutputPiece[] {
    const over = [...this.#open].filter(([, asked]) => asked.call === call);
    return over.flatMap(([approval]) => this.handleResolved({ approval, decision: 'superseded' }));
  }

  /** Handles a question of the followed session; `call` is what the view knows about its tool call. */
  handleRequested(event: EventOf<'approval_requested'>, call: KnownCall): OutputPiece[] {
    const { approval, rule, inquiry = null } = event;
    return this.#addQuestion(approval, { ...call, rule, inquiry, shown: false });
  }

  /** Returns the tool's question; `undefined` when the question is not open or a permission rule asks. */
  elicitationOf(approval: string): InquiryBody | undefined {
    return this.#open.get(approval)?.inquiry ?? undefined;
  }

  /** Selects the named question, or the only open one. With several open, returns a list that asks which one is meant. */
  selectQuestion(id: string | undefined, command: string): QuestionChoice {
    const { openIds: open } = this;
    if (id !== undefined && open.includes(id)) return { approval: id };
    if (open.length === 0) return { pieces: [makeLine('dim', 'No call is waiting for an approval.')] };
    const [only] = open;
    if (id === undefined && only !== undefined && open.length === 1) return { approval: only };
    const why =
      id === undefined ? 'Several questions are open' : `No open question has the id ${toOneLine(id, 40)}`;
    const example = `${why}; choose one, for example ${command} ${only}:`;
    return { pieces: [makeLine('yellow', example), ...open.map((each) => this.#renderListed(each))] };
  }

  /** Explains why a question cannot be approved yet; empty once everything it covers has been on the screen. */
  explainUnseen(approval: string): OutputPiece[] {
    if (this.#open.get(approval)?.shown) return [];
    const words = `Question ${approval} was not shown in full. Run /show ${approval} first, then decide.`;
    return [makeLine('yellow', words)];
  }

  /** Renders a question in full, from the daemon's record, and marks it as shown. */
  renderDetails(body: ApprovalBody, own: string): OutputPiece[] {
    const question = toOpenQuestion(body, own);
    const open = this.#open.get(body.approval);
    if (open) open.shown = true;
    return renderQuestion(body.approval, question, false).pieces;
  }

  handleResolved({ approval, decision, from, note, scope }: ResolvedQuestion): OutputPiece[] {
    const { tool, inquiry } = this.#open.get(approval) ?? {};
    this.#open.delete(approval);
    const by = from ? ` by ${toOneLine(from, 40)}` : '';
    const said = note ? `: ${toOneLine(note, WIDTH)}` : '';
    const what = `the question ${approval}${tool === undefined ? '' : ` about ${tool}`}`;
    switch (decision) {
      case 'approved': {
        const done = inquiry ? 'answered' : 'approved';
        return [makeLine('green', `✓ ${what} was ${done}${by}${SCOPES[scope ?? 'once']}${said}`)];
      }
      case 'denied':
        return [makeLine('red', `✗ ${what} was denied${by}${said}`)];
      case 'expired':
        return [makeLine('dim', `✗ ${what} expired: no decision in time`)];
      case 'superseded':
        return [makeLine('dim', `… ${what} no longer needs an answer`)];
    }
  }

  #addQuestion(approval: string, question: OpenQuestion): OutputPiece[] {
    if (this.#open.has(approval)) return [];
    const { pieces, complete } = renderQuestion(approval, question, true);
    this.#open.set(approval, { ...question, shown: complete });
    return pieces;
  }

  #renderListed(approval: string): OutputPiece {
    const { session, tool = '', input, inquiry } = this.#open.get(approval) ?? {};
    const about = inquiry ? `asks: ${inquiry.message}` : formatCallLine(input);
    const whose = session === undefined ? '' : `${toOneLine(session, 40)}: `;
    return makeLine(
      'dim',
      `  ${approval}  ${whose}${shortenWithCount(toOneLine(`${tool} ${about}`, Infinity), LISTED_WIDTH)}`,
    );
  }
}

function toOpenQuestion({ session, tool, input, rule, inquiry }: ApprovalBody, own: string): OpenQuestion {
  const question = { tool, input, rule, inquiry, shown: false };
  return session === own ? question : { ...question, session };
}

const SCOPES = { once: '', session: ' for this session', always: ' for every session' };
