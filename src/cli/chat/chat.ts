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
  /** The name under which questions are decided. */
  decider: { from?: string };
  show(pieces: readonly Piece[]): void;
}

/** Where a session that exists is joined: after what is shown of it already. */
export interface Joined {
  after: number;
  calls: readonly { call: string; tool: string; input?: unknown }[];
  running: boolean;
  /** Questions that are open. */
  approvals: readonly ApprovalBody[];
}

const KIND_REFUSALS: ReadonlySet<string> = new Set(['approval_closed', 'answer_refused']);

const AWAY = '… the daemon is not reachable; going on as soon as it is';

/**
 * One conversation: what is typed goes out, what happens in the session is shown, both over restarts of the daemon.
 */
export class Chat {
  readonly #options: ChatOptions;
  readonly #leave = new AbortController();
  readonly #outbox: Outbox;
  readonly #view: View;
  readonly #created = Promise.withResolvers<void>();
  readonly #own = new Set<string>();
  /** Own messages without an outcome. */
  readonly #open = new Set<string>();
  #idle = () => {};
  #interview: Interview | null = null;
  #running = false;
  /** The worst that happened to an own message; for the exit code. */
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

  /** Whether something is being worked on, as far as is known here. */
  get busy(): boolean {
    return this.#running || this.#open.size > 0;
  }

  /** Messages that the daemon has not accepted yet. */
  get unsent(): number {
    return this.#outbox.size;
  }

  get failure(): unknown {
    return this.#failure;
  }

  /** Shows the session until `leave`. Rejects when the daemon refuses; `joined` is null for a session to be made. */
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

  /** Approves the named question, or the only one that is open, if all of it has been shown. */
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

  /** Shows the named question, or the only one that is open, with everything it is about; else the last tool call. */
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

  /** Whether what is typed is for a field of an answer. */
  get interviewing(): boolean {
    const { approval = '' } = this.#interview ?? {};
    return this.#view.questions.open.includes(approval);
  }

  /** Takes what was typed for a field; the answer goes out with the last one. */
  fill(typed: string): void {
    const interview = this.#interview;
    if (!interview) return;
    this.#options.show(interview.take(typed));
    if (!interview.done) return;
    this.#interview = null;
    this.#decide(interview.approval, { decision: 'approve', content: interview.content }, interview);
  }

  /** Denies the only question that is open, or the one with whose id the words begin. */
  deny(words: string): void {
    const [first = '', ...rest] = words.split(' ');
    const named = this.#view.questions.open.includes(first);
    const note = named ? rest.join(' ').trim() : words;
    const id = this.#choose(named ? first : undefined, '/deny');
    if (id !== undefined) this.#decide(id, { decision: 'deny', ...(note === '' ? {} : { note }) });
  }

  /** Absent when the command does not say which question it means, which is shown. */
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
        // Another approver was faster, or the answer has to be given again; neither is a failure.
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

  /** Resolves when every own message has an outcome. */
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
