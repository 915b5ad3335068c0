import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import type { Effect, RecordedEvent } from '../../src/core/model/events.ts';
import type { AssistantPart, ModelMessage, ToolCallPart, ToolOutput } from '../../src/core/model/message.ts';
import { extractText } from '../../src/core/model/message.ts';
import type { Limits } from '../../src/core/model/next-action.ts';
import type { SessionState } from '../../src/core/model/state.ts';
import { keyOf } from './world-tools.ts';

type Event<T extends RecordedEvent['type']> = Extract<RecordedEvent, { type: T }>;

type Entry<T extends RecordedEvent['type']> = (
  event: Event<T>,
  before: SessionState,
  after: SessionState,
) => void;

interface Call {
  part: ToolCallPart;
  phase: 'due' | 'started' | 'asked' | 'interrupted' | 'settled';
  /** Number of starts that ended with questions; later starts belong to the next round. */
  round: number;
  starts: { at: number; effect: Effect; resumable: boolean }[];
  crashes: number;
  /** Whether another session does the work. */
  child: boolean;
  /** Output of the tool; undefined when the core writes the result. */
  output: ToolOutput | undefined;
}

interface Step {
  phase: 'started' | 'interrupted' | 'finished';
  purpose: string;
  attempts: number;
  crashes: number;
  failures: number;
  cause: string;
}

/** Ledger of steps: which may start, which may be repeated, what the model is told, and why a turn failed. */
export class CallLedger {
  readonly #limits: Limits;
  readonly #steps = new Map<number, Step>();
  #calls = new Map<string, Call>();
  #overflows = 0;
  /** Why the open turn may fail, and whether that is for crashes. */
  #excuse: 'crashes' | 'provider' | 'limit' | null = null;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  enterEvent(event: RecordedEvent, before: SessionState, after: SessionState): void {
    const entry = this.#entries[event.type] as Entry<RecordedEvent['type']> | undefined;
    entry?.(event, before, after);
  }

  readonly #entries: { [T in RecordedEvent['type']]?: Entry<T> } = {
    turn_started: () => {
      this.#overflows = 0;
      this.#excuse = null;
    },
    model_call_started: (event, before, after) => {
      this.#modelStarted(event, before);
      equal(after.turn?.retryAt, null, 'a call that was begun is not waited for');
    },
    model_call_finished: (event) => this.#modelFinished(event),
    model_call_interrupted: (event) => this.#modelInterrupted(event),
    retry_scheduled: ({ step }) =>
      ok(this.#requireStep(step).failures < this.#limits.modelAttempts, 'no retry after the last attempt'),
    history_compacted: (event, before, after) => this.#checkCompacted(event, before, after),
    tool_call_started: (event, before) => this.#toolStarted(event, before),
    tool_call_interrupted: (event) => this.#toolInterrupted(event),
    tool_call_finished: ({ call, output }, _, after) => {
      equal(this.#requireCall(call).phase, 'started', 'what did not run cannot finish');
      this.#settleCall(call, after, output);
    },
    tool_call_refused: ({ call }, _, after) => {
      const { phase, starts } = this.#requireCall(call);
      ok(phase === 'asked' || starts.length === 0, 'a refused call was never begun, or did nothing but ask');
      this.#settleCall(call, after);
    },
    tool_call_asked: ({ call: name, attempt }) => {
      const call = this.#requireCall(name);
      equal(call.phase, 'started', 'what did not run cannot ask');
      equal(attempt, call.starts.length);
      call.phase = 'asked';
      call.round = call.starts.length;
    },
    child_cancelled: ({ call }, _, after) => {
      equal(this.#requireCall(call).phase, 'started', 'only what runs can be told to stop');
      this.#settleCall(call, after);
    },
    tool_call_outcome_unknown: (event, _, after) => this.#checkUnknown(event, after),
    turn_limit_reached: ({ reached }) => {
      ok(this.#limits.turn?.atTurnLimit === 'end', 'a turn that may ask does not end at once');
      ok(reached.used >= reached.max, 'a limit that is reached is used up');
      this.#excuse = 'limit';
    },
    approval_resolved: ({ decision }, before, after) => {
      const asked = before.turn?.budget.question && !after.turn?.budget.question;
      if (asked && (decision === 'denied' || decision === 'expired')) this.#excuse = 'limit';
    },
    turn_finished: (event) => this.#turnFinished(event),
    session_quarantined: () => equal(this.#excuse, 'crashes', 'only crashes quarantine a session'),
  };

  #modelStarted(event: Event<'model_call_started'>, before: SessionState): void {
    const { step, purpose, attempt } = event;
    const known = this.#steps.get(step);
    ok(before.turn && !before.turn.ending && !before.turn.answer, 'a turn that ends calls no model');
    ok(
      [...this.#steps.values()].every(({ phase }) => phase !== 'started'),
      'one model call at a time',
    );
    ok(
      [...this.#calls.values()].every(({ phase }) => phase === 'settled'),
      'every call has its result first',
    );
    checkPaired(before.history);
    if (!known) equal(step, this.#steps.size + 1, 'model calls are counted');
    else equal(known.phase, 'interrupted', 'a finished model call is not repeated');
    if (known) equal(known.purpose, purpose);
    if (purpose === 'compaction') this.#checkCompaction(event, before);
    equal(attempt, (known?.attempts ?? 0) + 1, 'attempts are counted');
    const fresh: Step = { phase: 'started', purpose, attempts: 0, crashes: 0, failures: 0, cause: '' };
    this.#steps.set(step, { ...(known ?? fresh), phase: 'started', attempts: attempt });
  }

  #modelFinished({ step, content, finish }: Event<'model_call_finished'>): void {
    const call = this.#requireStep(step);
    equal(call.phase, 'started', 'what did not run cannot finish');
    call.phase = 'finished';
    if (finish === 'content-filter') this.#excuse = 'provider';
    this.#calls = new Map(
      ownCalls(content).map((part, index) => [
        `${step}.${index + 1}`,
        { part, phase: 'due', round: 0, starts: [], crashes: 0, child: false, output: undefined },
      ]),
    );
  }

  #modelInterrupted({ step, cause, attempt }: Event<'model_call_interrupted'>): void {
    const call = this.#requireStep(step);
    equal(call.phase, 'started', 'what does not run cannot be interrupted');
    equal(attempt, call.attempts);
    call.phase = 'interrupted';
    call.cause = cause;
    if (cause === 'overflow' && call.purpose === 'answer') this.#overflows += 1;
    ok(this.#overflows < 3, 'an overflow is answered once');
    if (cause === 'crash') call.crashes += 1;
    if (cause === 'cut' || cause === 'unavailable') call.failures += 1;
    ok(call.crashes <= this.#limits.crashAttempts, 'a model call crashes without end');
    ok(call.failures <= this.#limits.modelAttempts, 'a model call fails without end');
    if (cause === 'rejected' || cause === 'overflow') this.#excuse = 'provider';
    if (call.failures === this.#limits.modelAttempts) this.#excuse = 'provider';
    if (call.crashes === this.#limits.crashAttempts) this.#excuse = 'crashes';
  }

  /** Checks that a compaction leaves the running turn its first message, and no call without its result. */
  #checkCompaction({ piece }: Event<'model_call_started'>, { history, turn }: SessionState): void {
    ok(piece && piece.count >= 2, 'a compaction reads something');
    const end = piece.from + piece.count;
    const began = turn?.began ?? 0;
    ok(end <= history.length, 'a compaction reads what there is');
    ok(end <= began || piece.from > began, 'what a turn was asked for stays');
    ok(
      history[piece.from]?.role !== 'tool' && history[end]?.role !== 'tool',
      'no call is parted from its result',
    );
    const { givenUp } = turn?.room ?? {};
    ok(givenUp === null || this.#overflows > 0, 'what was of no use is not tried again');
  }

  #checkCompacted(event: Event<'history_compacted'>, before: SessionState, after: SessionState): void {
    const { step, summary, from, dropped } = event;
    const call = this.#requireStep(step);
    equal(call.phase, 'started', 'what did not run cannot finish');
    equal(call.purpose, 'compaction');
    call.phase = 'finished';
    ok(summary.trim(), 'a summary says something');
    const { piece } = before.turn?.call ?? {};
    deepStrictEqual(piece, { from, count: dropped }, 'a summary stands for what it was made of');
    const [first, last] = [before.history.slice(0, from), before.history.slice(from + dropped)];
    deepStrictEqual(after.history.slice(0, from), first, 'what was before it stays');
    deepStrictEqual(after.history.slice(from + 1), last, 'what came after it stays');
    ok(extractText(after.history[from] ?? { role: 'system', content: '' }).endsWith(summary));
    deepStrictEqual(
      after.turn && after.history[after.turn.began],
      before.turn && before.history[before.turn.began],
      'what a turn was asked for stays',
    );
    this.#excuse = null;
    checkPaired(after.history);
  }

  #toolStarted(event: Event<'tool_call_started'>, before: SessionState): void {
    const { effect, resumable, at } = event;
    const call = this.#requireCall(event.call);
    ok(
      call.phase === 'due' || call.phase === 'asked' || call.phase === 'interrupted',
      'a call is begun once, and again only when it has asked or was interrupted',
    );
    equal(call.part.invalid, undefined, 'a call without usable arguments is not run');
    equal(event.attempt, call.starts.length + 1, 'attempts are counted');
    equal(event.key, keyOf(event.call), 'the key is the same for all attempts');
    call.starts.push({ at, effect, resumable });
    const round = call.starts.slice(call.round);
    ok(round.length === 1 || round.every(isRepeatable), 'a write is not run again on its own');
    call.phase = 'started';
    call.child = event.child !== undefined;
    if (before.turn?.ending) {
      ok(round.length > 1, 'a turn that ends begins nothing new');
      return;
    }
    const running = [...this.#calls.values()].filter(({ phase, child }) => phase === 'started' && !child);
    ok(running.length <= this.#limits.parallelTools, 'too many tools run at once');
  }

  #toolInterrupted(event: Event<'tool_call_interrupted'>): void {
    const call = this.#requireCall(event.call);
    equal(call.phase, 'started', 'what does not run cannot be interrupted');
    ok(!call.child, 'what runs elsewhere goes on without us');
    equal(event.attempt, call.starts.length);
    call.phase = 'interrupted';
    if (event.cause !== 'crash') return;
    call.crashes += 1;
    ok(call.crashes <= this.#limits.crashAttempts, 'a call crashes without end');
  }

  #checkUnknown(
    { call: name, startedAt, poison }: Event<'tool_call_outcome_unknown'>,
    after: SessionState,
  ): void {
    const call = this.#requireCall(name);
    const phase = call.child ? 'started' : 'interrupted';
    equal(
      call.phase,
      phase,
      'only an interrupted call, or one that is done elsewhere, has an unknown outcome',
    );
    equal(startedAt, call.starts[call.round]?.at, 'the model is told when the call began');
    if (poison !== undefined) {
      equal(call.crashes, this.#limits.crashAttempts, 'a call is poison only after all its attempts crashed');
      this.#excuse = 'crashes';
    }
    this.#settleCall(name, after);
  }

  /** The last call to settle puts all results into the history; they are what was journalled, in order. */
  #settleCall(name: string, after: SessionState, output?: ToolOutput): void {
    const call = this.#requireCall(name);
    ok(call.phase !== 'settled', 'a call has one result');
    call.phase = 'settled';
    call.output = output;
    const calls = [...this.#calls.values()];
    if (calls.some(({ phase }) => phase !== 'settled')) return;
    const results = after.history.at(-1);
    ok(results?.role === 'tool' && results.content.length === calls.length, 'every call has its result');
    calls.forEach(({ output: told }, index) => {
      if (told) deepStrictEqual(results.content[index]?.output, told, 'a finished result is used as it was');
    });
    checkPaired(after.history);
  }

  #turnFinished({ outcome }: Event<'turn_finished'>): void {
    const calls = [...this.#calls.values()];
    const last = [...this.#steps.values()].at(-1);
    ok(
      calls.every(({ phase }) => phase === 'settled'),
      'a turn leaves no call without a result',
    );
    ok(last?.phase !== 'started', 'a turn leaves nothing running');
    if (outcome === 'failed') ok(this.#excuse, 'a turn fails although it could go on');
    if (outcome === 'answered') equal(last?.phase, 'finished', 'an answered turn has its answer');
    this.#calls.clear();
  }

  #requireStep(step: number): Step {
    const known = this.#steps.get(step);
    ok(known, `model call ${step} is unknown`);
    return known;
  }

  #requireCall(call: string): Call {
    const known = this.#calls.get(call);
    ok(known, `tool call ${call} is unknown`);
    return known;
  }
}

function isRepeatable({ effect, resumable }: { effect: Effect; resumable: boolean }): boolean {
  return effect !== 'write' || resumable;
}

function ownCalls(content: readonly AssistantPart[]): ToolCallPart[] {
  return content.flatMap((part) => (part.type === 'tool-call' && !part.providerExecuted ? [part] : []));
}

/** Every call of the history has exactly one result, right behind it and in the order of the calls. */
function checkPaired(history: readonly ModelMessage[]): void {
  history.forEach((message, index) => {
    const previous = history[index - 1];
    const calls = previous?.role === 'assistant' ? ownCalls(previous.content) : [];
    const results = message.role === 'tool' ? message.content : [];
    const name = ({ toolCallId, toolName }: { toolCallId: string; toolName: string }) =>
      `${toolCallId} ${toolName}`;
    deepStrictEqual(results.map(name), calls.map(name), 'calls and results are paired');
  });
  const last = history.at(-1);
  if (last?.role === 'assistant')
    deepStrictEqual(ownCalls(last.content), [], 'the last calls have no results');
}
