import { randomUUID } from 'node:crypto';
import type { Client } from '../../client/client.ts';
import { followPatiently } from '../../client/follow-patiently.ts';
import { Outbox } from '../../client/retry-queue.ts';
import { messageOf } from '../../errors/errors.ts';
import { ApiError } from '../../errors/http.ts';
import type { ApprovalBody, DecisionBody } from '../../protocol/approvals.ts';
import type { WireEvent } from '../../protocol/events.ts';
import { line, type Piece } from '../../terminal/pieces/piece.ts';
import { Interview } from './view/interview.ts';
import { View } from './view/view.ts';

export interface ChatOptions {
  client: Client;
  session: string;
  agent?: string;
  from?: string;
  /** The approver's name for decisions; empty when a token proves it. */
  decider: { from?: string };
  show(pieces: readonly Piece[]): void;
}

/** Where following an existing session starts: `after` is the last event that is already on the screen. */
export interface Joined {
  after: number;
  calls: readonly { call: string; tool: string; input?: unknown }[];
  running: boolean;
  /** Approvals and elicitations that were open when the session was joined. */
  approvals: readonly ApprovalBody[];
}

const KIND_REFUSALS: ReadonlySet<string> = new Set(['approval_closed', 'answer_refused']);

const AWAY = '… the daemon is not reachable; reconnecting';

/**
 * A conversation with one session: sends what the user types and shows the events of the session. Both continue across
 * restarts of the daemon, and a message that could not be sent yet is kept and sent once.
 */
export class Chat {
  readonly #options: ChatOptions;
  readonly #leave = new AbortController();
  readonly #outbox: Outbox;
  readonly #view: View;
  readonly #created = Promise.withResolvers<void>();
  readonly #own = new Set<string>();
  /** Ids of messages sent here that have no outcome yet. */
  readonly #open = new Set<string>();
  #idle = () => {};
  #interview: Interview | null = null;
  #running = false;
  /** The first failure of a message sent here, an error or an outcome; decides the exit code. */
  #failure: unknown = null;

  constructor(options: ChatOptions) {
    this.#options = options;
    this.#view = new View({ isOwn: (input) => this.#own.has(input), now: Date.now });
    this.#outbox = new Outbox(
      {
        waiting: () => options.show([line('dim', AWAY)]),
        refused: (input, error) => this.#refused(input, error),
      },
      this.#leave.signal,
    );
  }

  /** Whether a turn is running or a message sent here has no outcome, as far as the received events tell. */
  get busy(): boolean {
    return this.#running || this.#open.size > 0;
  }

  /** Number of messages that the daemon has not accepted yet. */
  get unsent(): number {
    return this.#outbox.size;
  }

  get failure(): unknown {
    return this.#failure;
  }

  /**
   * Shows the events of the session until `leave` is called; `joined` is null for a session that does not exist yet.
   * Rejects when the daemon refuses, for example because the token is not valid.
   */
  async follow(joined: Joined | null): Promise<void> {
    const { client, session, show } = this.#options;
    const { signal } = this.#leave;
    this.#running = joined?.running ?? false;
    for (const { call, tool, input } of joined?.calls ?? []) this.#view.calls.know(call, tool, input);
    show(this.#view.questions.begin(joined?.approvals ?? [], session));
    if (joined === null) await this.#created.promise;
    const away = () => show([line('dim', AWAY)]);
    for await (const item of followPatiently(client, session, joined?.after ?? 0, signal, away)) {
      show(this.#view.take(item));
      if (item.kind === 'event') this.#note(item.event);
    }
  }

  say(text: string, mode: 'steer' | 'queue'): void {
    const { client, session, agent, from } = this.#options;
    const id = randomUUID();
    const message = { id, text, mode, ...(agent ? { agent } : {}), ...(from ? { from } : {}) };
    this.#own.add(id);
    this.#open.add(id);
    void this.#outbox.add(id, async () => {
      await client.send(session, message);
      this.#created.resolve();
    });
  }

  cancel(): void {
    const { client, session, from } = this.#options;
    const by = { id: randomUUID(), ...(from ? { from } : {}) };
    void this.#outbox.add(by.id, () => client.cancel(session, by));
  }

  /**
   * Approves a call or answers a tool's question:
   * 1. Without an id, exactly one question must be open; `/approve` with two open ones lists them instead.
   * 2. The question must have been shown in full; a cut one asks for `/show` first.
   * 3. A question with fields starts a form; its answer is sent with the last field.
   */
  approve(scope: 'once' | 'always', named?: string): void {
    const { questions } = this.#view;
    const id = this.#choose(named, scope === 'once' ? '/approve' : '/always');
    if (id === undefined) return;
    const unseen = questions.mustShow(id);
    const inquiry = questions.of(id);
    if (unseen.length > 0) this.#options.show(unseen);
    else if (!inquiry) this.#decide(id, { decision: 'approve', scope });
    else if (inquiry.fields.length === 0) this.#decide(id, { decision: 'approve' });
    else {
      this.#interview = new Interview(id, inquiry);
      this.#options.show(this.#interview.prompt());
    }
  }

  /** Shows the named question, or the only open one, in full; without open questions, the last tool call. */
  showWhole(named?: string): void {
    const { client, session, show } = this.#options;
    if (named === undefined && this.#view.questions.open.length === 0) {
      show(this.#view.calls.showLast());
      return;
    }
    const id = this.#choose(named, '/show');
    if (id === undefined) return;
    void this.#outbox.add(id, async () => {
      show(this.#view.questions.show(await client.approval(id), session));
    });
  }

  /** Whether the next typed line fills a field of an answer instead of being a message. */
  get interviewing(): boolean {
    const { approval = '' } = this.#interview ?? {};
    return this.#view.questions.open.includes(approval);
  }

  /** Fills the current field of the answer with the typed line, and sends the answer after the last field. */
  fill(typed: string): void {
    const interview = this.#interview;
    if (!interview) return;
    this.#options.show(interview.take(typed));
    if (!interview.done) return;
    this.#interview = null;
    this.#decide(interview.approval, { decision: 'approve', content: interview.content }, interview);
  }

  /** Denies the question whose id the words start with, or the only open one; the other words are the reason. */
  deny(words: string): void {
    const [first = '', ...rest] = words.split(' ');
    const named = this.#view.questions.open.includes(first);
    const note = named ? rest.join(' ').trim() : words;
    const id = this.#choose(named ? first : undefined, '/deny');
    if (id !== undefined) this.#decide(id, { decision: 'deny', ...(note === '' ? {} : { note }) });
  }

  /** Selects the question that a command means. Returns `undefined`, and shows the choices, when that is ambiguous. */
  #choose(named: string | undefined, command: string): string | undefined {
    const choice = this.#view.questions.choose(named, command);
    if ('approval' in choice) return choice.approval;
    this.#options.show(choice.pieces);
    return undefined;
  }

  #decide(id: string, decision: DecisionBody, interview?: Interview): void {
    const { client, decider } = this.#options;
    const session = this.#view.questions.sessionOf(id) ?? this.#options.session;
    void this.#outbox.add(id, async () => {
      await client.decide(session, id, { ...decision, ...decider }).catch((error: unknown) => {
        // Another approver was faster, or the daemon rejected a field; the conversation continues in both cases.
        if (!(error instanceof ApiError && KIND_REFUSALS.has(error.code))) throw error;
        this.#options.show([line('dim', `… ${error.message}`)]);
        if (error.code === 'answer_refused' && interview) this.#again(interview, error.details['field']);
      });
    });
  }

  #again(interview: Interview, field: unknown): void {
    const prompt = interview.again(field);
    if (prompt.length === 0) return;
    this.#interview = interview;
    this.#options.show(prompt);
  }

  /** Resolves once every message that was sent here has an outcome. */
  async answered(): Promise<void> {
    while (this.#open.size > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
  }

  leave(): void {
    this.#leave.abort();
    this.#created.resolve();
  }

  #note(event: WireEvent): void {
    if (event.type === 'turn_started') this.#running = true;
    if (event.type === 'turn_finished') this.#running = false;
    if (event.type !== 'turn_finished' && event.type !== 'input_closed') return;
    const mine = event.inputs.filter((input) => this.#open.delete(input));
    if (mine.length > 0 && event.outcome !== 'answered') this.#failure ??= event.outcome;
    this.#idle();
  }

  #refused(input: string, error: unknown): void {
    this.#failure = error;
    this.#options.show([line('red', `✗ ${messageOf(error)}`)]);
    this.#open.delete(input);
    this.#idle();
  }
}
