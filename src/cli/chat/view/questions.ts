import type { ApprovalBody, QuestionBody } from '../../../protocol/approvals.ts';
import type { WireEvent } from '../../../protocol/events.ts';
import type { InquiryBody } from '../../../protocol/inquiries.ts';
import { line, type Piece } from '../../../terminal/pieces/piece.ts';
import { oneLine, shortenCounted } from '../../../terminal/text.ts';
import { callLine } from '../../approvals/whole-call.ts';
import { type OpenQuestion, questionPieces } from './question-pieces.ts';

type Of<T extends WireEvent['type']> = Extract<WireEvent, { type: T }>;

/** Columns for names and notes. */
const WIDTH = 200;
/** Columns for a question in a list of several. */
const LISTED = 80;

/** The end of a question, told by its own session or by another. */
interface Resolved {
  approval: string;
  decision: Of<'approval_resolved'>['decision'];
  from?: string | null | undefined;
  note?: string | null | undefined;
  scope?: Of<'approval_resolved'>['scope'];
}

/** What a view knows of the call that a question is about; `input` is absent when its arguments are not known. */
export type AskedCall = Pick<OpenQuestion, 'tool'> & { input?: unknown };

/** The question that a command means, or what to show instead of deciding. */
export type Choice = { approval: string } | { pieces: Piece[] };

/** Questions that wait for an approver: shown when they begin to wait, marked when that is over, however it ends. */
export class Questions {
  readonly #open = new Map<string, OpenQuestion>();

  /** Ids of the open questions, in the order in which they were asked. */
  get open(): string[] {
    return [...this.#open.keys()];
  }

  /** Where to decide it; `undefined` for the followed session. */
  sessionOf(approval: string): string | undefined {
    return this.#open.get(approval)?.session;
  }

  /** Questions that were asked before the view of `own` began, oldest first. */
  begin(approvals: readonly ApprovalBody[], own: string): Piece[] {
    const inOrder = approvals.toSorted(
      (a, b) => a.requestedAt - b.requestedAt || (a.approval < b.approval ? -1 : 1),
    );
    return inOrder.flatMap((body) => this.#ask(body.approval, openQuestion(body, own)));
  }

  /** A question of a session that works for this one, or the end of one. */
  heard({ call, question }: { call: string; question: QuestionBody }): Piece[] {
    const { approval, session, tool, input, rule, inquiry = null, state, from, note } = question;
    if (state !== 'pending') return this.resolved({ approval, decision: state, from, note });
    return this.#ask(approval, { session, call, tool, input, rule, inquiry, shown: false });
  }

  /** The call of those sessions has ended: what they asked needs no answer here. */
  settled(call: string): Piece[] {
    const over = [...this.#open].filter(([, asked]) => asked.call === call);
    return over.flatMap(([approval]) => this.resolved({ approval, decision: 'superseded' }));
  }

  /** `call` is what the view knows of the call. */
  asked(event: Of<'approval_requested'>, call: AskedCall): Piece[] {
    const { approval, rule, inquiry = null } = event;
    return this.#ask(approval, { ...call, rule, inquiry, shown: false });
  }

  /** What a tool asks by this question, if it is open and one of a tool. */
  of(approval: string): InquiryBody | undefined {
    return this.#open.get(approval)?.inquiry ?? undefined;
  }

  /** The named question, or the only one; with several, the caller has to say which one. */
  choose(id: string | undefined, command: string): Choice {
    const { open } = this;
    if (id !== undefined && open.includes(id)) return { approval: id };
    if (open.length === 0) return { pieces: [line('dim', 'No call waits for an approval.')] };
    const [only] = open;
    if (id === undefined && only !== undefined && open.length === 1) return { approval: only };
    const why =
      id === undefined ? 'Several questions are open' : `No open question is called ${oneLine(id, 40)}`;
    const example = `${why}; say which one you mean, as in ${command} ${only}:`;
    return { pieces: [line('yellow', example), ...open.map((each) => this.#listed(each))] };
  }

  /** Nothing when it may be approved: everything that it is about has been on the screen. */
  mustShow(approval: string): Piece[] {
    if (this.#open.get(approval)?.shown) return [];
    const words = `Question ${approval} was not shown in full. /show ${approval} shows everything; decide after that.`;
    return [line('yellow', words)];
  }

  /** The whole of a question, as the daemon has it. */
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
        return [line('dim', `✗ ${what} has expired: nothing was decided in time`)];
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
