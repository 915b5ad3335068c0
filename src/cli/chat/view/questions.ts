import { type Conversation, listOpenQuestions } from '../../../client/conversation/conversation.ts';
import type { QuestionEntry } from '../../../client/conversation/entries.ts';
import { listedQuestion } from '../../../client/conversation/questions.ts';
import type { ApprovalBody } from '../../../protocol/approvals.ts';
import { makeLine, type OutputPiece } from '../../../terminal/pieces/piece.ts';
import { shortenWithCount, toOneLine } from '../../../terminal/text.ts';
import { formatCallLine } from '../../approvals/whole-call.ts';
import { nameSubject, renderQuestion } from './question-pieces.ts';

/** Maximum width of notes in a decision line, in columns; longer ones are cut. */
const WIDTH = 200;
/** Maximum width of a question in the list that asks which of several is meant, in columns. */
const LISTED_WIDTH = 80;

/** The question that a command means, or the pieces to show when the command is ambiguous. */
export type QuestionChoice = { question: QuestionEntry } | { pieces: OutputPiece[] };

/**
 * Renders approvals and elicitations: each one when it opens and again when it is resolved, whatever the outcome.
 * Remembers which ones were on the screen in full, because only those can be approved.
 */
export class QuestionRenderer {
  readonly #seen = new Set<string>();

  /** Renders an added or changed question. */
  renderQuestion(question: QuestionEntry): OutputPiece[] {
    if (question.state !== 'open') return [renderResolved(question)];
    const { pieces, complete } = renderQuestion(question, true);
    if (complete) this.#seen.add(question.approval);
    return pieces;
  }

  /** Renders a question in full, from the daemon's record, and marks it as shown. */
  renderDetails(body: ApprovalBody, session: string): OutputPiece[] {
    this.#seen.add(body.approval);
    return renderQuestion(listedQuestion(body, session), false).pieces;
  }

  /** Explains why a question cannot be approved yet; empty once everything it covers has been on the screen. */
  explainUnseen({ approval }: QuestionEntry): OutputPiece[] {
    if (this.#seen.has(approval)) return [];
    const words = `Question ${approval} was not shown in full. Run /show ${approval} first, then decide.`;
    return [makeLine('yellow', words)];
  }
}

/** Selects the named question, or the only open one. With several open, returns a list that asks which one is meant. */
export function selectQuestion(view: Conversation, id: string | undefined, command: string): QuestionChoice {
  const open = listOpenQuestions(view);
  const named = open.find(({ approval }) => approval === id);
  if (named) return { question: named };
  const [only] = open;
  if (!only) return { pieces: [makeLine('dim', 'No call is waiting for an approval.')] };
  if (id === undefined && open.length === 1) return { question: only };
  const why =
    id === undefined ? 'Several questions are open' : `No open question has the id ${toOneLine(id, 40)}`;
  const example = `${why}; choose one, for example ${command} ${only.approval}:`;
  return { pieces: [makeLine('yellow', example), ...open.map(renderListed)] };
}

function renderListed(question: QuestionEntry): OutputPiece {
  const { approval, session, tool, input, inquiry } = question;
  const about = inquiry ? `asks: ${inquiry.message}` : formatCallLine(input);
  const whose = session === null ? '' : `${toOneLine(session, 40)}: `;
  return makeLine(
    'dim',
    `  ${approval}  ${whose}${shortenWithCount(toOneLine(`${tool === null ? '' : nameSubject(question)} ${about}`, Infinity), LISTED_WIDTH)}`,
  );
}

function renderResolved(question: QuestionEntry): OutputPiece {
  const { approval, tool, inquiry, state, from, note, scope } = question;
  const by = from ? ` by ${toOneLine(from, 40)}` : '';
  const said = note ? `: ${toOneLine(note, WIDTH)}` : '';
  const what = `the question ${approval}${tool === null ? '' : ` about ${nameSubject(question)}`}`;
  switch (state) {
    case 'approved': {
      const done = inquiry ? 'answered' : 'approved';
      return makeLine('green', `✓ ${what} was ${done}${by}${SCOPES[scope ?? 'once']}${said}`);
    }
    case 'denied':
      return makeLine('red', `✗ ${what} was denied${by}${said}`);
    case 'expired':
      return makeLine('dim', `✗ ${what} expired: no decision in time`);
    default:
      return makeLine('dim', `… ${what} no longer needs an answer`);
  }
}

const SCOPES = { once: '', session: ' for this session', always: ' for every session' };
