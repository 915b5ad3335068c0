import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import { MAX_ELICITATIONS } from '../../src/core/model/elicitation.ts';
import type { Input, RecordedEvent } from '../../src/core/model/events.ts';
import type { SessionState } from '../../src/core/model/state.ts';

interface Asked {
  call: string;
  expiresAt: number;
  /** Whether the tool itself asks. */
  own: boolean;
  end: string | null;
}

type Event<T extends RecordedEvent['type']> = Extract<RecordedEvent, { type: T }>;

/** Ledger of questions and of delegated work: each is asked once, decided once, and by the right principal. */
export class ApprovalLedger {
  readonly #whole: boolean;
  /** How each question of the open turn ended; `null` while it is open. */
  readonly #questions = new Map<string, Asked>();
  /** Calls that other sessions work on. */
  readonly #children = new Set<string>();
  #input: Input | null = null;

  constructor(whole: boolean) {
    this.#whole = whole;
  }

  enterEvent(event: RecordedEvent, before: SessionState, after: SessionState): void {
    switch (event.type) {
      case 'input_received':
        this.#checkReceived(event.input, before, after);
        break;
      case 'approval_requested':
        this.#checkRequested(event);
        break;
      case 'approval_resolved':
        this.#checkResolved(event);
        break;
      case 'tool_call_started':
        this.#checkStarted(event);
        break;
      case 'tool_call_finished':
        this.#checkFinished(event);
        break;
      case 'tool_call_outcome_unknown':
        equal(this.#children.has(event.call), event.reason !== undefined, 'work elsewhere is lost elsewhere');
        if (event.reason !== undefined) this.#checkFinished(event);
        this.#checkSettled(event.call);
        break;
      case 'tool_call_asked':
      case 'tool_call_interrupted':
        ok(this.#openQuestionOf(event.call) === undefined, 'nobody is asked by what does not run any more');
        break;
      case 'child_cancelled':
        ok(before.turn?.ending, 'work elsewhere is given up only with the turn');
        this.#checkSettled(event.call);
        break;
      case 'tool_call_refused':
        this.#checkSettled(event.call);
        break;
      case 'turn_finished':
        equal(this.#children.size, 0, 'a turn leaves nobody at work for it');
        deepStrictEqual(
          [...this.#questions.values()].filter(({ end }) => end === null),
          [],
          'no question is left open',
        );
    }
    if (event.type !== 'input_received') this.#input = null;
  }

  #checkReceived(input: Input, before: SessionState, after: SessionState): void {
    this.#input = input;
    if (input.kind !== 'approval' && input.kind !== 'result' && input.kind !== 'question') return;
    const { questions } = input.kind === 'question' ? after : before;
    // Time passes for the turn with every event.
    const clock = after.turn && { worked: after.turn.budget.worked, at: after.turn.budget.at };
    const turn = before.turn && { ...before.turn, budget: { ...before.turn.budget, ...clock } };
    const unchanged = { ...before, seq: after.seq, questions, turn };
    deepStrictEqual(after, unchanged, 'an answer counts only by what it decides');
  }

  #checkRequested({ approval, call, expiresAt, inquiry }: Event<'approval_requested'>): void {
    ok(!this.#whole || !this.#questions.has(approval), 'a question is asked once');
    const own = inquiry !== undefined;
    ok(own || this.#openQuestionOf(call) === undefined, 'one question about a call at a time');
    this.#questions.set(approval, { call, expiresAt, own, end: null });
    ok(
      this.#questionsOf(call).filter((each) => each.own).length <= MAX_ELICITATIONS,
      'a call asks without end',
    );
  }

  #checkResolved({ approval, decision, at }: Event<'approval_resolved'>): void {
    const question = this.#questions.get(approval);
    ok(question, 'only what was asked is decided');
    equal(question.end, null, 'a question is decided once');
    question.end = decision;
    if (decision === 'expired') ok(at >= question.expiresAt, 'a question expires at its time');
    if (decision !== 'approved' && decision !== 'denied') return;
    const { kind, ...given } = this.#input ?? { kind: 'nothing' };
    equal(kind, 'approval', 'somebody has decided');
    ok('approval' in given && given.approval === approval, 'somebody has decided this question');
    equal('decision' in given && given.decision, decision === 'approved' ? 'approve' : 'deny');
  }

  #checkStarted({ call, child, attempt }: Event<'tool_call_started'>): void {
    ok(this.#openQuestionOf(call) === undefined, 'nothing begins while its question is open');
    const ends = this.#questionsOf(call).flatMap(({ own, end }) => (own ? [] : [end]));
    ok(!ends.includes('denied') && !ends.includes('expired'), 'what was not approved does not begin');
    if (child === undefined) return;
    equal(child, `s/call-${call}`, 'work of a call has its place');
    equal(attempt, 1, 'work is given away once');
    this.#children.add(call);
  }

  #checkFinished({ call }: { call: string }): void {
    ok(this.#openQuestionOf(call) === undefined, 'nobody is asked for a call that has ended');
    if (!this.#children.delete(call)) return;
    const input = this.#input;
    ok(input?.kind === 'result' && input.call === call, 'work elsewhere ends by a report of it');
  }

  #checkSettled(call: string): void {
    ok(this.#openQuestionOf(call) === undefined, 'a call is settled when its question is');
    this.#children.delete(call);
  }

  #openQuestionOf(call: string): unknown {
    return this.#questionsOf(call).find(({ end }) => end === null);
  }

  #questionsOf(call: string): Asked[] {
    return [...this.#questions.values()].filter((each) => each.call === call);
  }
}
