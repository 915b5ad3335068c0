import type { ApprovalBody, QuestionBody } from '../../protocol/approvals.ts';
import type { WireEvent } from '../../protocol/events.ts';
import type { InquiryBody } from '../../protocol/inquiries.ts';
import { describeField } from '../inquiries/fields.ts';
import { oneLine } from '../text.ts';
import { argumentsOf } from './calls.ts';
import { line, type Piece } from './piece.ts';

type Of<T extends WireEvent['type']> = Extract<WireEvent, { type: T }>;

const WIDTH = 200;

/** The end of a question, be it told by its own session or by another. */
interface Resolved {
  approval: string;
  decision: Of<'approval_resolved'>['decision'];
  from?: string | null | undefined;
  note?: string | null | undefined;
  scope?: Of<'approval_resolved'>['scope'];
}

/** What a question is about. */
export interface Asked {
  /** Whose it is, unless it is the session's own, and the call that waits for that one, if known. */
  session?: string;
  call?: string;
  tool: string;
  arguments: string;
  rule: string;
  /** What the tool asks; null when the policy does. */
  inquiry: InquiryBody | null;
}

/** Calls that wait for a person: shown when they begin to wait, and marked when that is over, however it ends. */
export class Questions {
  readonly #open = new Map<string, Asked>();

  /** Ids of those that are open, in the order in which they were asked. */
  get open(): string[] {
    return [...this.#open.keys()];
  }

  /** Where to decide it; `undefined` for the session's own. */
  sessionOf(approval: string): string | undefined {
    return this.#open.get(approval)?.session;
  }

  /** One that was asked before the view of `own` began. */
  begin({ approval, session, tool, input, rule, inquiry }: ApprovalBody, own: string): Piece[] {
    const asked = { tool, arguments: argumentsOf(input), rule, inquiry };
    return this.#ask(approval, session === own ? asked : { ...asked, session });
  }

  /** One of a session that works for this one, or the end of one. */
  heard({ call, question }: { call: string; question: QuestionBody }): Piece[] {
    const { approval, session, tool, input, rule, inquiry = null, state, from, note } = question;
    if (state !== 'pending') return this.resolved({ approval, decision: state, from, note });
    return this.#ask(approval, { session, call, tool, arguments: argumentsOf(input), rule, inquiry });
  }

  /** Nobody waits any more for those who worked on the call: what they asked is not asked here. */
  settled(call: string): Piece[] {
    const over = [...this.#open].filter(([, asked]) => asked.call === call);
    return over.flatMap(([approval]) => this.resolved({ approval, decision: 'superseded' }));
  }

  /** `call` is what the view knows of the call. */
  asked(event: Of<'approval_requested'>, call: Pick<Asked, 'tool' | 'arguments'>): Piece[] {
    const { approval, rule, inquiry = null } = event;
    return this.#ask(approval, { ...call, rule, inquiry });
  }

  /** What a tool asks by this question, if it is open and one of a tool. */
  of(approval: string): InquiryBody | undefined {
    return this.#open.get(approval)?.inquiry ?? undefined;
  }

  resolved({ approval, decision, from, note, scope }: Resolved): Piece[] {
    const { tool, inquiry } = this.#open.get(approval) ?? {};
    this.#open.delete(approval);
    const by = from ? ` by ${oneLine(from, 40)}` : '';
    const said = note ? `: ${oneLine(note, WIDTH)}` : '';
    const what = `the question ${approval}${tool === undefined ? '' : ` about ${tool}`}`;
    switch (decision) {
      case 'approved':
        return [
          line(
            'green',
            `✓ ${what} was ${inquiry ? 'answered' : 'approved'}${by}${SCOPES[scope ?? 'once']}${said}`,
          ),
        ];
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
    const whose = asked.session === undefined ? '' : `${oneLine(asked.session, WIDTH)}: `;
    if (asked.inquiry) return own(approval, whose, asked.tool, asked.inquiry);
    return [
      line(
        'yellow',
        `? ${whose}${`${asked.tool} ${asked.arguments}`.trimEnd()} needs an approval (question ${approval})`,
      ),
      line('dim', `  /approve, /always for ${oneLine(asked.rule, WIDTH)}, or /deny and why`),
    ];
  }
}

/** `whose` names the session that asks, unless it is this one. */
function own(
  approval: string,
  whose: string,
  tool: string,
  { asker, message, fields, url }: InquiryBody,
): Piece[] {
  const page = url === undefined ? [] : [line('yellow', `  ${oneLine(url, 4000)}`)];
  const how = url === undefined ? '' : ' when that is done';
  return [
    line(
      'yellow',
      `? ${whose}${oneLine(asker, WIDTH)} asks, for ${tool} (question ${approval}): ${oneLine(message, 4000)}`,
    ),
    ...page,
    ...fields.map((field) => line('dim', `  ${describeField(field)}`)),
    line('dim', `  /approve${fields.length > 0 ? ' to answer' : how}, or /deny and why`),
  ];
}

const SCOPES = { once: '', session: ' for this session', always: ' for every session' };
