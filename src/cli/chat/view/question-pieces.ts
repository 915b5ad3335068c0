import type { QuestionEntry } from '../../../client/conversation/entries.ts';
import type { InquiryBody } from '../../../protocol/inquiries.ts';
import { makeLine, type OutputPiece } from '../../../terminal/pieces/piece.ts';
import { measureWidth } from '../../../terminal/text.ts';
import { toVisibleLine } from '../../../util/visible-text.ts';
import { formatCallRows, formatTextRows } from '../../approvals/whole-call.ts';
import { describeField } from '../../inquiries/fields.ts';

/** Maximum width of a one-line text that is shown inside its sentence instead of in rows of its own. */
const INLINE_WIDTH = 100;
/** Maximum number of rows of a question that are shown before `/show` is needed. */
const ROW_LIMIT = 60;

/**
 * Renders a question and how to decide it:
 * 1. Everything that the decision covers is shown, such as `rm -rf build` in full.
 * 2. With `short`, a question of more than 60 rows is cut, and a line says how many rows are hidden.
 * 3. `complete` is false when something is hidden or unknown; the question cannot be approved until it was shown in full.
 */
export function renderQuestion(
  question: QuestionEntry,
  short: boolean,
): { pieces: OutputPiece[]; complete: boolean } {
  const { approval } = question;
  const { head, rows, hint } = question.inquiry
    ? layOutElicitation(question, question.inquiry)
    : layOutApproval(question);
  const known = question.inquiry !== null || 'input' in question;
  const shown = short && rows.length > ROW_LIMIT ? rows.slice(0, ROW_LIMIT / 2) : rows;
  const missing = known
    ? hiddenRowsNotice(rows.length - shown.length, approval)
    : unknownArgumentsNotice(approval);
  const body = [...shown.map((row) => makeLine('yellow', row)), ...missing];
  return {
    pieces: [makeLine('yellow', head), ...body, ...hint.map((text) => makeLine('dim', text))],
    complete: missing.length === 0,
  };
}

interface QuestionLayout {
  head: string;
  rows: string[];
  hint: string[];
}

function layOutApproval(question: QuestionEntry): QuestionLayout {
  const { approval, input, rule } = question;
  const head = `? ${sessionPrefix(question)}${nameSubject(question)} needs approval (question ${approval})`;
  const always = inlineText(rule);
  const hint = [`  /approve, /always for ${always ?? 'the rule above'}, or /deny with a reason`];
  const ruleRows = always === undefined ? ['  /always would allow:', ...formatTextRows(rule)] : [];
  return { head, rows: [...formatCallRows(input), ...ruleRows], hint };
}

function layOutElicitation(question: QuestionEntry, inquiry: InquiryBody): QuestionLayout {
  const { asker, message, fields, url } = inquiry;
  const text = inlineText(message);
  const head = `? ${sessionPrefix(question)}${toVisibleLine(asker)} asks, for ${nameSubject(question)} (question ${question.approval}):`;
  const how = fields.length > 0 ? ' to answer' : url === undefined ? '' : ' when done';
  return {
    head: text === undefined ? head : `${head} ${text}`,
    rows: [
      ...(text === undefined ? formatTextRows(message) : []),
      ...(url === undefined ? [] : [`  ${toVisibleLine(url)}`]),
      ...fields.map((field) => `  ${describeField(field)}`),
    ],
    hint: [`  /approve${how}, or /deny with a reason`],
  };
}

function sessionPrefix({ session }: QuestionEntry): string {
  return session === null ? '' : `${toVisibleLine(session)}: `;
}

/** Names what a question is about: a tool, or the limit that the turn has reached. */
export function nameSubject({ tool, limit }: QuestionEntry): string {
  if (limit !== undefined) return `limits.${toVisibleLine(limit)}`;
  return toVisibleLine(tool ?? 'a tool');
}

function inlineText(text: string): string | undefined {
  const [first = '', ...more] = formatTextRows(text).map((row) => row.slice(row.indexOf('│ ') + 2));
  return more.length === 0 && measureWidth(first) <= INLINE_WIDTH ? first : undefined;
}

function hiddenRowsNotice(count: number, approval: string): OutputPiece[] {
  if (count === 0) return [];
  const words = `… ${count} more rows are hidden. Run /show ${approval} to see them; only then can it be approved.`;
  return [makeLine('red', `  ${words}`)];
}

function unknownArgumentsNotice(approval: string): OutputPiece[] {
  const words = `… the arguments are not loaded. Run /show ${approval} to see them; only then can it be approved.`;
  return [makeLine('red', `  ${words}`)];
}
