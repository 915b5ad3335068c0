import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import type { MessageMode, RecordedEvent } from '../../src/core/model/events.ts';
import { extractText } from '../../src/core/model/message.ts';
import type { SessionState } from '../../src/core/model/state.ts';

type Entry<T extends RecordedEvent['type']> = (
  event: Extract<RecordedEvent, { type: T }>,
  before: SessionState,
  after: SessionState,
) => void;

/** Ledger of inputs: each is accepted once, waits in order, and gets exactly one outcome. */
export class InputLedger {
  /** Outcome by id of every accepted message; `null` until it has one. */
  readonly outcomes = new Map<string, string | null>();
  readonly #modes = new Map<string, MessageMode>();
  /** Inputs that waited when a cancel came. */
  readonly #cancelled = new Set<string>();
  readonly #whole: boolean;
  #waiting: string[] = [];
  /** Inputs of the open turn, and those among them that no model call has seen. */
  #turn: { number: number; inputs: string[]; unseen: string[]; cancelled: boolean } | null = null;
  #lastTurn = 0;

  constructor(whole: boolean) {
    this.#whole = whole;
  }

  enterEvent(event: RecordedEvent, before: SessionState, after: SessionState): void {
    const entry = this.#entries[event.type] as Entry<RecordedEvent['type']> | undefined;
    entry?.(event, before, after);
    deepStrictEqual(
      after.pending.map(({ id }) => id),
      this.#waiting,
      'messages wait in the order of their arrival',
    );
    deepStrictEqual(after.turn?.inputs, this.#turn?.inputs, 'the turn knows what it answers');
  }

  readonly #entries: { [T in RecordedEvent['type']]?: Entry<T> } = {
    input_received: ({ input }) => this.#acceptInput(input),
    input_closed: ({ inputs, outcome, at }, before) => {
      if (outcome === 'expired')
        ok(
          deadlinesOf(before, inputs).every((deadline) => deadline <= at),
          'it is late',
        );
      this.#closeInputs(inputs, outcome);
    },
    turn_started: ({ turn, inputs, at }, before, after) => {
      ok(
        deadlinesOf(before, inputs).every((deadline) => deadline > at),
        'what is late is not begun',
      );
      equal(this.#turn, null, 'one turn at a time');
      equal(before.quarantine, null, 'a quarantined session begins no turn');
      this.#lastTurn += 1;
      equal(turn, this.#lastTurn, 'turns are counted');
      this.#turn = { number: turn, inputs: [], unseen: [], cancelled: false };
      this.#joinTurn(inputs, before, after);
    },
    turn_joined: ({ inputs, at }, before, after) => {
      ok(
        deadlinesOf(before, inputs).every((deadline) => deadline > at),
        'what is late is not begun',
      );
      ok(
        inputs.every((id) => this.#modes.get(id) === 'steer'),
        'what waits its turn does not join',
      );
      this.#joinTurn(inputs, before, after);
    },
    // A turn may end with the compaction that was to make room for it.
    model_call_started: () => {
      if (this.#turn) this.#turn.unseen = [];
    },
    turn_finished: (event) => this.#finishTurn(event),
    session_quarantined: () => {
      if (this.#whole) deepStrictEqual(this.#waiting, [], 'nothing waits in quarantine');
    },
  };

  #acceptInput(input: Extract<RecordedEvent, { type: 'input_received' }>['input']): void {
    if (input.kind === 'cancel') {
      if (this.#turn) this.#turn.cancelled = true;
      for (const id of this.#waiting) this.#cancelled.add(id);
      return;
    }
    if (input.kind !== 'message') return;
    ok(!this.outcomes.has(input.id), 'an input is accepted once');
    this.outcomes.set(input.id, null);
    this.#modes.set(input.id, input.mode);
    this.#waiting.push(input.id);
  }

  #joinTurn(ids: readonly string[], before: SessionState, after: SessionState): void {
    ok(ids.length > 0 && this.#turn, 'somebody joins a turn');
    for (const id of ids) {
      const mode = this.#modes.get(id);
      const ahead = this.#waiting.slice(0, Math.max(0, this.#waiting.indexOf(id)));
      ok(this.#waiting.includes(id), `${id} does not wait`);
      ok(!this.#whole || !this.#cancelled.has(id), `${id} was cancelled`);
      ok(!ahead.some((other) => this.#modes.get(other) === mode), `${id} overtakes one of its kind`);
      this.#waiting = this.#waiting.filter((other) => other !== id);
      this.#turn.inputs.push(id);
      this.#turn.unseen.push(id);
    }
    const said = after.history.slice(before.history.length).map(extractText);
    deepStrictEqual(
      said,
      ids.map((id) => `text of ${id}`),
      'messages enter the conversation',
    );
  }

  #finishTurn({ turn, inputs, outcome, reason }: Extract<RecordedEvent, { type: 'turn_finished' }>): void {
    equal(turn, this.#turn?.number, 'only the open turn ends');
    deepStrictEqual(inputs, this.#turn?.inputs, 'a turn ends for all its inputs');
    if (outcome === 'cancelled') ok(this.#turn?.cancelled, 'nobody cancelled this turn');
    else deepStrictEqual(this.#turn?.unseen, [], 'a message gets the outcome of a turn that never saw it');
    if (outcome !== 'answered') ok(reason, 'an outcome other than an answer has its reason');
    this.#turn = null;
    for (const id of inputs) this.#setOutcome(id, outcome);
  }

  #closeInputs(ids: readonly string[], outcome: string): void {
    for (const id of ids) {
      ok(this.#waiting.includes(id), `${id} is closed but does not wait`);
      this.#setOutcome(id, outcome);
    }
    this.#waiting = this.#waiting.filter((id) => !ids.includes(id));
  }

  #setOutcome(id: string, outcome: string): void {
    equal(this.outcomes.get(id), null, `${id} is unknown or has an outcome already`);
    this.outcomes.set(id, outcome);
  }
}

/** The deadlines of these messages. */
function deadlinesOf({ pending }: SessionState, inputs: readonly string[]): number[] {
  return pending.flatMap(({ id, deadline }) => (inputs.includes(id) ? (deadline ?? []) : []));
}
