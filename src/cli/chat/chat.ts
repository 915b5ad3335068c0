import { randomUUID } from 'node:crypto';
import type { Client } from '../../client/client.ts';
import { followThroughOutages } from '../../client/follow-patiently.ts';
import { RetryQueue } from '../../client/retry-queue.ts';
import { messageOf } from '../../errors/errors.ts';
import { ApiError } from '../../errors/http.ts';
import type { ApprovalBody, DecisionBody } from '../../protocol/approvals.ts';
import type { WireEvent } from '../../protocol/events.ts';
import { makeLine, type OutputPiece } from '../../terminal/pieces/piece.ts';
import { ElicitationForm } from './view/interview.ts';
import { EventView } from './view/view.ts';

export interface ChatOptions {
  client: Client;
  session: string;
  agent?: string;
  from?: string;
  /** The approver's name for decisions; empty when a token proves it. */
  decider: { from?: string };
  show(pieces: readonly OutputPiece[]): void;
}

/** Where following an existing session starts: `after` is the last event that is already on the screen. */
export interface FollowStart {
  after: number;
  calls: readonly { call: string; tool: string; input?: unknown }[];
  running: boolean;
  /** Approvals and elicitations that were open when the session was joined. */
  approvals: readonly ApprovalBody[];
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
  readonly #view: EventView;
  readonly #created = Promise.withResolvers<void>();
  readonly #ownInputs = new Set<string>();
  /** Ids of messages sent here that have no outcome yet. */
  readonly #openInputs = new Set<string>();
  #wakeWaiter = () => {};
  #form: ElicitationForm | null = null;
  #running = false;
  /** The first failure of a message sent here, an error or an outcome; decides the exit code. */
  #failure: unknown = null;

  constructor(options: ChatOptions) {
    this.#options = options;
    this.#view = new EventView({ isOwn: (input) => this.#ownInputs.has(input), now: Date.now });
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
    return this.#running || this.#openInputs.size > 0;
  }

  /** Number of messages that the daemon has not accepted yet. */
  get unsentCount(): number {
    return this.#outbox.size;
  }

  get failure(): unknown {
    return this.#failure;
  }

  /**
   * Shows the events of the session until `leave` is called; `joined` is null for a session that does not exist yet.
   * Rejects when the daemon refuses, for example because the token is not valid.
   */
  async followEvents(joined: FollowStart | null): Promise<void> {
    const { client, session, show } = this.#options;
    const { signal } = this.#abort;
    this.#running = joined?.running ?? false;
    for (const { call, tool, input } of joined?.calls ?? []) this.#view.calls.registerCall(call, tool, input);
    show(this.#view.questions.addExisting(joined?.approvals ?? [], session));
    if (joined === null) await this.#created.promise;
    const away = () => show([makeLine('dim', UNREACHABLE_NOTICE)]);
    for await (const item of followThroughOutages(client, session, joined?.after ?? 0, signal, away)) {
      show(this.#view.renderItem(item));
      if (item.kind === 'event') this.#trackOutcome(item.event);
    }
  }

  sendMessage(text: string, mode: 'steer' | 'queue'): void {
    const { client, session, agent, from } = this.#options;
    const id = randomUUID();
    const message = { id, text, mode, ...(agent ? { agent } : {}), ...(from ? { from } : {}) };
    this.#ownInputs.add(id);
    this.#openInputs.add(id);
    void this.#outbox.enqueueRequest(id, async () => {
      await client.sendMessage(session, message);
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
    const { questions } = this.#view;
    const id = this.#selectQuestion(named, scope === 'once' ? '/approve' : '/always');
    if (id === undefined) return;
    const unseen = questions.explainUnseen(id);
    const inquiry = questions.elicitationOf(id);
    if (unseen.length > 0) this.#options.show(unseen);
    else if (!inquiry) this.#sendDecision(id, { decision: 'approve', scope });
    else if (inquiry.fields.length === 0) this.#sendDecision(id, { decision: 'approve' });
    else {
      this.#form = new ElicitationForm(id, inquiry);
      this.#options.show(this.#form.promptField());
    }
  }

  /** Shows the named question, or the only open one, in full; without open questions, the last tool call. */
  showDetails(named?: string): void {
    const { client, session, show } = this.#options;
    if (named === undefined && this.#view.questions.openIds.length === 0) {
      show(this.#view.calls.renderLastCall());
      return;
    }
    const id = this.#selectQuestion(named, '/show');
    if (id === undefined) return;
    void this.#outbox.enqueueRequest(id, async () => {
      show(this.#view.questions.renderDetails(await client.getApproval(id), session));
    });
  }

  /** Whether the next typed line fills a field of an answer instead of being a message. */
  get isFillingForm(): boolean {
    const { approval = '' } = this.#form ?? {};
    return this.#view.questions.openIds.includes(approval);
  }

  /** Fills the current field of the answer with the typed line, and sends the answer after the last field. */
  fillField(typed: string): void {
    const interview = this.#form;
    if (!interview) return;
    this.#options.show(interview.acceptInput(typed));
    if (!interview.isComplete) return;
    this.#form = null;
    this.#sendDecision(interview.approval, { decision: 'approve', content: interview.content }, interview);
  }

  /** Denies the question whose id the words start with, or the only open one; the other words are the reason. */
  denyQuestion(words: string): void {
    const [first = '', ...rest] = words.split(' ');
    const named = this.#view.questions.openIds.includes(first);
    const note = named ? rest.join(' ').trim() : words;
    const id = this.#selectQuestion(named ? first : undefined, '/deny');
    if (id !== undefined) this.#sendDecision(id, { decision: 'deny', ...(note === '' ? {} : { note }) });
  }

  /** Selects the question that a command means. Returns `undefined`, and shows the choices, when that is ambiguous. */
  #selectQuestion(named: string | undefined, command: string): string | undefined {
    const choice = this.#view.questions.selectQuestion(named, command);
    if ('approval' in choice) return choice.approval;
    this.#options.show(choice.pieces);
    return undefined;
  }

  #sendDecision(id: string, decision: DecisionBody, interview?: ElicitationForm): void {
    const { client, decider } = this.#options;
    const session = this.#view.questions.sessionOf(id) ?? this.#options.session;
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
    while (this.#openInputs.size > 0) {
      await new Promise<void>((resolve) => {
        this.#wakeWaiter = resolve;
      });
    }
  }

  stopFollowing(): void {
    this.#abort.abort();
    this.#created.resolve();
  }

  #trackOutcome(event: WireEvent): void {
    if (event.type === 'turn_started') this.#running = true;
    if (event.type === 'turn_finished') this.#running = false;
    if (event.type !== 'turn_finished' && event.type !== 'input_closed') return;
    const mine = event.inputs.filter((input) => this.#openInputs.delete(input));
    if (mine.length > 0 && event.outcome !== 'answered') this.#failure ??= event.outcome;
    this.#wakeWaiter();
  }

  #reportRefusal(input: string, error: unknown): void {
    this.#failure = error;
    this.#options.show([makeLine('red', `✗ ${messageOf(error)}`)]);
    this.#openInputs.delete(input);
    this.#wakeWaiter();
  }
}
