import type { InquiryBody } from '../../../protocol/inquiries.ts';
import { line, type Piece } from '../../../terminal/pieces/piece.ts';
import { widthOf } from '../../../terminal/text.ts';
import { visibleLine } from '../../../util/visible-text.ts';
import { callRows, textRows } from '../../approvals/whole-call.ts';
import { describeField } from '../../inquiries/fields.ts';

/** Columns up to which a text stands in the line that speaks of it, if it is one line. */
const INLINE = 100;
/** Rows of a question that are shown without being asked for. */
const ROWS = 60;

/** An open question: what it is about, and whether all of it has been shown here. */
export interface OpenQuestion {
  /** The session that asks, unless it is the followed one, and the call that waits for that session, if known. */
  session?: string;
  call?: string;
  tool: string;
  /** Absent when the call began before this view and its arguments are not known here. */
  input?: unknown;
  rule: string;
  /** What the tool asks; null when the policy does. */
  inquiry: InquiryBody | null;
  shown: boolean;
}

/**
 * A question with everything that it is about, and how to decide it. With `short`, a very long one is cut with a line
 * that says how much is missing; `complete` tells whether everything was shown, which a decision needs.
 */
export function questionPieces(
  approval: string,
  question: OpenQuestion,
  short: boolean,
): { pieces: Piece[]; complete: boolean } {
  const { head, rows, hint } = question.inquiry
    ? askedByTool(approval, question, question.inquiry)
    : askedByPolicy(approval, question);
  const known = question.inquiry !== null || 'input' in question;
  const shown = short && rows.length > ROWS ? rows.slice(0, ROWS / 2) : rows;
  const missing = known ? missingRows(rows.length - shown.length, approval) : unknownCall(approval);
  const body = [...shown.map((row) => line('yellow', row)), ...missing];
  return {
    pieces: [line('yellow', head), ...body, ...hint.map((text) => line('dim', text))],
    complete: missing.length === 0,
  };
}

interface Parts {
  head: string;
  rows: string[];
  hint: string[];
}

function askedByPolicy(approval: string, question: OpenQuestion): Parts {
  const { tool, input, rule } = question;
  const head = `? ${whose(question)}${visibleLine(tool)} needs an approval (question ${approval})`;
  const always = inline(rule);
  const hint = [`  /approve, /always for ${always ?? 'the rule above'}, or /deny and why`];
  const ruleRows = always === undefined ? ['  /always would allow:', ...textRows(rule)] : [];
  return { head, rows: [...callRows(input), ...ruleRows], hint };
}

function askedByTool(approval: string, question: OpenQuestion, inquiry: InquiryBody): Parts {
  const { asker, message, fields, url } = inquiry;
  const text = inline(message);
  const head = `? ${whose(question)}${visibleLine(asker)} asks, for ${visibleLine(question.tool)} (question ${approval}):`;
  const how = fields.length > 0 ? ' to answer' : url === undefined ? '' : ' when that is done';
  return {
    head: text === undefined ? head : `${head} ${text}`,
    rows: [
      ...(text === undefined ? textRows(message) : []),
      ...(url === undefined ? [] : [`  ${visibleLine(url)}`]),
      ...fields.map((field) => `  ${describeField(field)}`),
    ],
    hint: [`  /approve${how}, or /deny and why`],
  };
}

function whose({ session }: OpenQuestion): string {
  return session === undefined ? '' : `${visibleLine(session)}: `;
}

function inline(text: string): string | undefined {
  const [first = '', ...more] = textRows(text).map((row) => row.slice(row.indexOf('│ ') + 2));
  return more.length === 0 && widthOf(first) <= INLINE ? first : undefined;
}

function missingRows(count: number, approval: string): Piece[] {
  if (count === 0) return [];
  const words = `… ${count} more rows are hidden. /show ${approval} shows everything; it can be approved after that.`;
  return [line('red', `  ${words}`)];
}

function unknownCall(approval: string): Piece[] {
  const words = `… the arguments are not known here. /show ${approval} shows them; it can be approved after that.`;
  return [line('red', `  ${words}`)];
}
