import { randomUUID } from 'node:crypto';
import type { Client } from '../../client/client.ts';
import type { EntryChange } from '../../client/conversation/changes.ts';
import {
  type Conversation,
  createConversation,
  listOpenQuestions,
} from '../../client/conversation/conversation.ts';
import type { ConversationEntry, MessageEntry, QuestionEntry } from '../../client/conversation/entries.ts';
import type { ConversationItem } from '../../client/conversation/item.ts';
import { isSettled } from '../../client/conversation/messages.ts';
import { followThroughOutages } from '../../client/follow-patiently.ts';
import { RetryQueue } from '../../client/retry-queue.ts';
import { messageOf } from '../../errors/errors.ts';
import { ApiError } from '../../errors/http.ts';
import type { DecisionBody } from '../../protocol/approvals.ts';
import { makeLine, type OutputPiece } from '../../terminal/pieces/piece.ts';
import { type Attachment, readAttachment, uploadContent } from '../kit/attachments.ts';
import { renderLastCall } from './view/calls.ts';
import { ElicitationForm } from './view/interview.ts';
import { selectQuestion } from './view/questions.ts';
import { ConversationView } from './view/view.ts';

export interface ChatOptions {
  client: Client;
  session: string;
  agent?: string;
  from?: string;
  /** The approver's name for decisions; empty when a token proves it. */
  decider: { from?: string };
  show(pieces: readonly OutputPiece[]): void;
}

const EXPECTED_REFUSALS: ReadonlySet<string> = new Set(['approval_closed', 'answer_refused']);

const UNREACHABLE_NOTICE = '… the daemon is not reachable; reconnecting';

/**
 * A conversation with one session: sends what the user types and shows the events of the session. Both continue across
 * restarts of the daemon, and a message that could not be sent yet is kept and sent once.
 */
export class Chat {
  readonly #options: ChatOptions;
  readonly #abort = new AbortController();
  readonly #outbox: RetryQueue;
  readonly #view: ConversationView;
  /** Whether the session exists, so that it can be followed. */
  readonly #created = Promise.withResolvers<void>();
  /** Files for the next message, which may still be read; one that cannot be read is left out. */
  readonly #attached: Promise<Attachment[]>[] = [];
  #wakeWaiter = () => {};
  #form: ElicitationForm | null = null;
  /** The first failure of a message sent here, an error or an outcome; decides the exit code. */
  #failure: unknown = null;

  /** `joined` is the conversation so far; null for a session that does not exist yet. */
  constructor(options: ChatOptions, joined: Conversation | null) {
    this.#options = options;
    this.#view = new ConversationView(joined ?? createConversation(options.session));
    if (joined) this.#created.resolve();
    this.#outbox = new RetryQueue(
      {
        onWaiting: () => options.show([makeLine('dim', UNREACHABLE_NOTICE)]),
        onRefused: (input, error) => this.#reportRefusal(input, error),
      },
      this.#abort.signal,
    );
  }

  /** Whether a turn is running or a message sent here has no outcome, as far as the received events tell. */
  get isBusy(): boolean {
    const { turn, entries } = this.#view.conversation;
    return turn !== null || entries.some(isOpenHere);
  }

  /** Number of messages that the daemon has not accepted yet. */
  get unsentCount(): number {
    return this.#outbox.size;
  }

  get failure(): unknown {
    return this.#failure;
  }

  /**
   * Shows the events of the session, as soon as it exists, until `stopFollowing` is called. Rejects when the daemon
   * refuses, for example because the token is not valid.
   */
  async followEvents(): Promise<void> {
    const { client, session, show } = this.#options;
    const { signal } = this.#abort;
    show(this.#view.renderOpenQuestions());
    await this.#created.promise;
    const away = () => show([makeLine('dim', UNREACHABLE_NOTICE)]);
    const { seq } = this.#view.conversation;
    for await (const item of followThroughOutages(client, session, seq, signal, away)) this.#takeItem(item);
  }

  /** Folds an item into the conversation, and shows what it has changed. */
  #takeItem(item: ConversationItem): void {
    const { pieces, changes } = this.#view.takeItem(item);
    this.#options.show(pieces);
    this.#failure ??= changes.map(failureOf).find((outcome) => outcome !== null) ?? null;
    this.#wakeWaiter();
  }

  /** Attaches a file to the next message; it is read now, and uploaded with the message. */
  attachFile(path: string): void {
    const { show } = this.#options;
    const reading: Promise<Attachment[]> = readAttachment(path).then(
      (file) => {
        show([makeLine('dim', `… ${file.name} (${file.data.length} bytes) goes with your next message`)]);
        return [file];
      },
      (error: unknown) => {
        show([makeLine('red', `✗ ${messageOf(error)}`)]);
        this.#failure ??= error;
        const at = this.#attached.indexOf(reading);
        if (at >= 0) this.#attached.splice(at, 1);
        return [];
      },
    );
    this.#attached.push(reading);
  }

  /** Number of files that were attached and that no message has taken. */
  get attachedCount(): number {
    return this.#attached.length;
  }

  sendMessage(text: string, mode: 'steer' | 'queue'): void {
    const { client, session, agent, from } = this.#options;
    const id = randomUUID();
    const attached = this.#attached.splice(0);
    const about = { id, mode, ...(agent ? { agent } : {}), ...(from ? { from } : {}) };
    this.#takeItem({ kind: 'sent', at: Date.now(), message: { ...about, text } });
    void this.#outbox.enqueueRequest(id, async () => {
      const files = (await Promise.all(attached)).flat();
      await client.sendMessage(session, { ...about, ...(await uploadContent(client, text, files)) });
      this.#takeItem({ kind: 'accepted', input: id });
      this.#created.resolve();
    });
  }

  cancelTurn(): void {
    const { client, session, from } = this.#options;
    const by = { id: randomUUID(), ...(from ? { from } : {}) };
    void this.#outbox.enqueueRequest(by.id, () => client.cancelInputs(session, by));
  }

  /**
   * Approves a call or answers a tool's question:
   * 1. Without an id, exactly one question must be open; `/approve` with two open ones lists them instead.
   * 2. The question must have been shown in full; a cut one asks for `/show` first.
   * 3. A question with fields starts a form; its answer is sent with the last field.
   */
  approveQuestion(scope: 'once' | 'always', named?: string): void {
    const question = this.#selectQuestion(named, scope === 'once' ? '/approve' : '/always');
    if (!question) return;
    const { inquiry } = question;
    const unseen = this.#view.questions.explainUnseen(question);
    if (unseen.length > 0) this.#options.show(unseen);
    else if (!inquiry) this.#sendDecision(question, { decision: 'approve', scope });
    else if (inquiry.fields.length === 0) this.#sendDecision(question, { decision: 'approve' });
    else {
      this.#form = new ElicitationForm(question, inquiry);
      this.#options.show(this.#form.promptField());
    }
  }

  /** Shows the named question, or the only open one, in full; without open questions, the last tool call. */
  showDetails(named?: string): void {
    const { client, session, show } = this.#options;
    const { conversation, questions } = this.#view;
    if (named === undefined && listOpenQuestions(conversation).length === 0) {
      show(renderLastCall(conversation));
      return;
    }
    const question = this.#selectQuestion(named, '/show');
    if (!question) return;
    const { approval } = question;
    void this.#outbox.enqueueRequest(approval, async () => {
      show(questions.renderDetails(await client.getApproval(approval), session));
    });
  }

  /** Whether the next typed line fills a field of an answer instead of being a message. */
  get isFillingForm(): boolean {
    const { approval } = this.#form?.question ?? {};
    return listOpenQuestions(this.#view.conversation).some((open) => open.approval === approval);
  }

  /** Fills the current field of the answer with the typed line, and sends the answer after the last field. */
  fillField(typed: string): void {
    const interview = this.#form;
    if (!interview) return;
    this.#options.show(interview.acceptInput(typed));
    if (!interview.isComplete) return;
    this.#form = null;
    this.#sendDecision(interview.question, { decision: 'approve', content: interview.content }, interview);
  }

  /** Denies the question whose id the words start with, or the only open one; the other words are the reason. */
  denyQuestion(words: string): void {
    const [first = '', ...rest] = words.split(' ');
    const named = listOpenQuestions(this.#view.conversation).some(({ approval }) => approval === first);
    const note = named ? rest.join(' ').trim() : words;
    const question = this.#selectQuestion(named ? first : undefined, '/deny');
    if (question) this.#sendDecision(question, { decision: 'deny', ...(note === '' ? {} : { note }) });
  }

  /** Selects the question that a command means. Returns `undefined`, and shows the choices, when that is ambiguous. */
  #selectQuestion(named: string | undefined, command: string): QuestionEntry | undefined {
    const choice = selectQuestion(this.#view.conversation, named, command);
    if ('question' in choice) return choice.question;
    this.#options.show(choice.pieces);
    return undefined;
  }

  #sendDecision(question: QuestionEntry, decision: DecisionBody, interview?: ElicitationForm): void {
    const { client, decider } = this.#options;
    const { approval: id, session: asking } = question;
    const session = asking ?? this.#options.session;
    void this.#outbox.enqueueRequest(id, async () => {
      await client.decideApproval(session, id, { ...decision, ...decider }).catch((error: unknown) => {
        // Another approver was faster, or the daemon rejected a field; the conversation continues in both cases.
        if (!(error instanceof ApiError && EXPECTED_REFUSALS.has(error.code))) throw error;
        this.#options.show([makeLine('dim', `… ${error.message}`)]);
        if (error.code === 'answer_refused' && interview) this.#reopenForm(interview, error.details['field']);
      });
    });
  }

  #reopenForm(interview: ElicitationForm, field: unknown): void {
    const prompt = interview.reopenField(field);
    if (prompt.length === 0) return;
    this.#form = interview;
    this.#options.show(prompt);
  }

  /** Resolves once every message that was sent here has an outcome. */
  async waitForOutcomes(): Promise<void> {
    while (this.#view.conversation.entries.some(isOpenHere)) {
      await new Promise<void>((resolve) => {
        this.#wakeWaiter = resolve;
      });
    }
  }

  stopFollowing(): void {
    this.#abort.abort();
    this.#created.resolve();
  }

  #reportRefusal(input: string, error: unknown): void {
    this.#failure = error;
    const reason = messageOf(error);
    this.#options.show([makeLine('red', `✗ ${reason}`)]);
    this.#takeItem({ kind: 'refused', input, reason });
  }
}

/** Checks whether the entry is a message that was sent here and has no outcome. */
function isOpenHere(entry: ConversationEntry): boolean {
  return entry.kind === 'message' && entry.own && !isSettled(entry);
}

/** Returns the outcome of a message that was sent here and has just ended without an answer; null for the rest. */
function failureOf({ after }: EntryChange): MessageEntry['state'] | null {
  if (after.kind !== 'message' || !after.own || !isSettled(after)) return null;
  return after.state === 'answered' ? null : after.state;
}
