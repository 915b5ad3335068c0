import type { InquiryBody } from '../../../protocol/inquiries.ts';
import { line, type Piece } from '../../../terminal/pieces/piece.ts';
import { widthOf } from '../../../terminal/text.ts';
import { visibleLine } from '../../../util/visible-text.ts';
import { callRows, textRows } from '../../approvals/whole-call.ts';
import { describeField } from '../../inquiries/fields.ts';

/** Maximum width of a one-line text that is shown inside its sentence instead of in rows of its own. */
const INLINE = 100;
/** Maximum number of rows of a question that are shown before `/show` is needed. */
const ROWS = 60;

/** An open approval or elicitation, with everything the approver must see, and whether it was shown in full. */
export interface OpenQuestion {
  /** The asking session, absent for the followed one; `call` is the call that waits for that session, if known. */
  session?: string;
  call?: string;
  tool: string;
  /** Arguments of the call; absent when the call started before the session was joined. */
  input?: unknown;
  rule: string;
  /** The tool's question; null when a permission rule requires an approval. */
  inquiry: InquiryBody | null;
  shown: boolean;
}

/**
 * Renders a question and how to decide it:
 * 1. Everything that the decision covers is shown, such as `rm -rf build` in full.
 * 2. With `short`, a question of more than 60 rows is cut, and a line says how many rows are hidden.
 * 3. `complete` is false when something is hidden or unknown; the question cannot be approved until it was shown in full.
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
  const head = `? ${whose(question)}${visibleLine(tool)} needs approval (question ${approval})`;
  const always = inline(rule);
  const hint = [`  /approve, /always for ${always ?? 'the rule above'}, or /deny with a reason`];
  const ruleRows = always === undefined ? ['  /always would allow:', ...textRows(rule)] : [];
  return { head, rows: [...callRows(input), ...ruleRows], hint };
}

function askedByTool(approval: string, question: OpenQuestion, inquiry: InquiryBody): Parts {
  const { asker, message, fields, url } = inquiry;
  const text = inline(message);
  const head = `? ${whose(question)}${visibleLine(asker)} asks, for ${visibleLine(question.tool)} (question ${approval}):`;
  const how = fields.length > 0 ? ' to answer' : url === undefined ? '' : ' when done';
  return {
    head: text === undefined ? head : `${head} ${text}`,
    rows: [
      ...(text === undefined ? textRows(message) : []),
      ...(url === undefined ? [] : [`  ${visibleLine(url)}`]),
      ...fields.map((field) => `  ${describeField(field)}`),
    ],
    hint: [`  /approve${how}, or /deny with a reason`],
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
  const words = `… ${count} more rows are hidden. Run /show ${approval} to see them; only then can it be approved.`;
  return [line('red', `  ${words}`)];
}

function unknownCall(approval: string): Piece[] {
  const words = `… the arguments are not loaded. Run /show ${approval} to see them; only then can it be approved.`;
  return [line('red', `  ${words}`)];
}
