import { dropOldEntries, type EntryChange, listChanges } from '../../../client/conversation/changes.ts';
import type { Conversation } from '../../../client/conversation/conversation.ts';
import type { AnswerEntry, ConversationEntry } from '../../../client/conversation/entries.ts';
import { evolveConversation } from '../../../client/conversation/evolve.ts';
import type { ShownFile } from '../../../client/conversation/files.ts';
import type { ConversationItem } from '../../../client/conversation/item.ts';
import { formatFile } from '../../../protocol/content.ts';
import { renderAnswerChange } from '../../../terminal/pieces/answer.ts';
import { makeLine, type OutputPiece } from '../../../terminal/pieces/piece.ts';
import { toOneLine } from '../../../terminal/text.ts';
import { renderEnd, renderRequest } from './calls.ts';
import { renderEnding, renderNotice } from './notices.ts';
import { ProgressRenderer } from './progress.ts';
import { QuestionRenderer } from './questions.ts';
import { ReasoningRenderer } from './reasoning.ts';

/** Number of entries that stay in memory although they no longer change. */
const KEPT_ENTRIES = 200;

/**
 * A conversation on a screen that only ever continues, such as a terminal: folds the items of the session, and
 * renders what each of them has changed.
 */
export class ConversationView {
  readonly questions = new QuestionRenderer();
  readonly #reasoning = new ReasoningRenderer();
  readonly #progress = new ProgressRenderer();
  #conversation: Conversation;
  readonly #now: () => number;

  /** `now` returns the time in milliseconds since the epoch. */
  constructor(conversation: Conversation, now: () => number = Date.now) {
    this.#conversation = conversation;
    this.#now = now;
  }

  get conversation(): Conversation {
    return this.#conversation;
  }

  /** Folds an item, and returns what to show of it and what it has changed. */
  takeItem(item: ConversationItem): { pieces: OutputPiece[]; changes: EntryChange[] } {
    const next = evolveConversation(this.#conversation, item);
    const changes = listChanges(this.#conversation, next);
    this.#conversation = dropOldEntries(next, KEPT_ENTRIES);
    const drafts = item.kind === 'delta' ? this.#progress.renderDrafts(next, this.#now()) : [];
    return { pieces: [...this.#renderChanges(changes), ...drafts], changes };
  }

  /** Renders the open questions of a session that was joined, oldest first. */
  renderOpenQuestions(): OutputPiece[] {
    const open = this.#conversation.entries.filter((entry) => entry.kind === 'question');
    return open.flatMap((entry) => this.questions.renderQuestion(entry));
  }

  /** Renders how questions were settled first, because the end of their call follows from it. */
  #renderChanges(changes: readonly EntryChange[]): OutputPiece[] {
    const settled = changes.filter(isSettledQuestion);
    const others = changes.filter((change) => !isSettledQuestion(change));
    return [...settled, ...others].flatMap((change) => this.#renderChange(change));
  }

  #renderAnswer(before: AnswerEntry | undefined, after: AnswerEntry): OutputPiece[] {
    const files = after.files.slice(before?.files.length ?? 0);
    const silent = after.text === '' && (before?.text ?? '') === '';
    return [
      ...this.#reasoning.renderChange(before, after),
      ...(silent ? [] : renderAnswerChange(before, after)),
      ...renderFiles(files),
    ];
  }

  #renderChange({ before, after }: EntryChange): OutputPiece[] {
    switch (after.kind) {
      case 'message':
        // The text of a message that was typed here is on the screen already.
        if (before || after.own) return [];
        return [
          makeLine('bold', `${toOneLine(after.from ?? 'user', 40)}: ${after.text}`),
          ...renderFiles(after.files),
        ];
      case 'answer':
        return this.#renderAnswer(before?.kind === 'answer' ? before : undefined, after);
      case 'call': {
        const known = before?.kind === 'call' ? before : undefined;
        const progress = this.#progress.renderStatus(known, after, this.#now());
        return [...(before ? [] : renderRequest(after)), ...progress, ...renderEnd(after)];
      }
      case 'question':
        return this.questions.renderQuestion(after);
      case 'notice':
        return renderNotice(after, this.#now());
      case 'ending':
        return [renderEnding(after)];
    }
  }
}

/** Renders the files of a message, an answer or a result, one dim line each. */
export function renderFiles(files: readonly ShownFile[]): OutputPiece[] {
  return files.map((file) => makeLine('dim', `  ${formatFile(file)}`));
}

function isSettledQuestion({
  before,
  after,
}: {
  before?: ConversationEntry;
  after: ConversationEntry;
}): boolean {
  return before !== undefined && after.kind === 'question';
}
