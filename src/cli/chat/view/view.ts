import type { FollowedItem } from '../../../client/follow.ts';
import type { WireEvent } from '../../../protocol/events.ts';
import { AnswerStream } from '../../../terminal/pieces/answer.ts';
import { makeLine, type OutputPiece } from '../../../terminal/pieces/piece.ts';
import { toOneLine } from '../../../terminal/text.ts';
import { ToolCallView } from './calls.ts';
import { OpenQuestions } from './questions.ts';

const WIDTH = 200;

/** Phrases for restart causes that matter to the user; other causes are not mentioned. */
const RESTART_CAUSES: Record<string, string> = {
  config: ' with a new configuration',
  upgrade: ' with a new release',
  crash: ' after a crash',
};

export interface EventViewOptions {
  /** Checks whether this client sent the input, because its text is then already on the screen. */
  isOwn(input: string): boolean;
  /** Returns the current time in milliseconds since the epoch. */
  now(): number;
}

/**
 * Renders the events of a followed session. Holds an interruption back until its consequence is known, such as a retry or
 * a restart, so that both are reported in one line.
 */
export class EventView {
  readonly calls = new ToolCallView();
  readonly questions = new OpenQuestions();
  readonly #answer = new AnswerStream();
  readonly #options: EventViewOptions;
  #held: { what: string; restart: boolean } | null = null;
  /** A restart to report with the next event; reported at most once until the model has answered. */
  #restart: { cause: string; tell: boolean } | null = null;
  #restartShown = false;
  #compacting = false;

  constructor(options: EventViewOptions) {
    this.#options = options;
  }

  renderItem(item: FollowedItem): OutputPiece[] {
    if (item.kind === 'unknown')
      return [makeLine('dim', `… ${item.type} (unknown event; a newer Midturn can show it)`)];
    if (item.kind === 'delta')
      return this.#compacting ? [] : [...this.#releaseHeld(), ...this.#answer.addDelta(item.delta)];
    const { event } = item;
    if (event.type === 'model_call_started' || event.type === 'tool_call_started')
      return this.#renderStart(event);
    if (event.type === 'retry_scheduled') return this.#renderRetry(event.until);
    if (event.type === 'session_handed_over') {
      this.#restart = event;
      return [];
    }
    return [...this.#releaseHeld(event), ...this.#renderEvent(event)];
  }

  #renderEvent(event: WireEvent): OutputPiece[] {
    switch (event.type) {
      case 'input_received':
        return this.#renderInput(event.input);
      case 'turn_started':
        this.#restartShown = false;
        return [];
      case 'model_call_finished':
        this.#restartShown = false;
        this.#compacting = false;
        return [...this.#answer.finishStep(event), ...this.calls.renderRequested(event)];
      case 'model_call_interrupted':
        return this.#holdInterruption(`interrupted: ${toOneLine(event.reason, WIDTH)}`, event.cause);
      case 'tool_call_interrupted':
        return this.#holdInterruption('a tool call was interrupted', event.cause);
      case 'tool_call_finished':
        return [...this.questions.closeForCall(event.call), this.calls.renderFinished(event)];
      case 'tool_call_refused':
        return [this.calls.renderRefused(event)];
      case 'tool_call_outcome_unknown':
        return [...this.questions.closeForCall(event.call), this.calls.renderUnknownOutcome(event)];
      case 'approval_requested':
        return this.questions.handleRequested(event, this.calls.lookUpCall(event.call));
      case 'approval_resolved':
        return this.questions.handleResolved(event);
      case 'history_compacted':
        this.#compacting = false;
        return [makeLine('dim', '… the older part of the conversation was summarised to fit the model')];
      default:
        return renderEnding(event);
    }
  }

  #renderInput(input: Extract<WireEvent, { type: 'input_received' }>['input']): OutputPiece[] {
    if (input.kind === 'question') return this.questions.handleRelayed(input);
    if (input.kind !== 'message' || this.#options.isOwn(input.id)) return [];
    return [makeLine('bold', `${toOneLine(input.from ?? 'user', 40)}: ${input.text}`)];
  }

  #renderStart(
    event: Extract<WireEvent, { type: 'model_call_started' | 'tool_call_started' }>,
  ): OutputPiece[] {
    const note = this.#releaseHeld();
    if (event.type === 'tool_call_started') return note;
    this.#compacting = event.purpose === 'compaction';
    return [...note, ...this.#answer.beginAttempt(event.step, event.attempt)];
  }

  #renderRetry(until: number): OutputPiece[] {
    const what = this.#held?.what ?? 'the model is not available';
    this.#held = null;
    const seconds = Math.max(0, Math.ceil((until - this.#options.now()) / 1000));
    return [makeLine('dim', `… ${what}; trying again ${seconds > 1 ? `in ${seconds} s` : 'now'}`)];
  }

  #holdInterruption(what: string, cause: string): OutputPiece[] {
    const restart = cause === 'crash' || cause === 'shutdown';
    this.#held = { what: restart ? 'interrupted' : what, restart };
    return [{ kind: 'break' }];
  }

  /** Renders the held interruption, unless the next event reports it too; only the last of several is rendered. */
  #releaseHeld(next?: WireEvent): OutputPiece[] {
    const held = this.#held;
    // Further interruptions may follow; together they are one line.
    if (next?.type === 'tool_call_interrupted' || next?.type === 'model_call_interrupted') return [];
    if (this.#restart && next?.type === 'input_received') return [];
    this.#held = null;
    if (next?.type === 'turn_finished') return [];
    if (this.#restart || held?.restart) return this.#renderRestart(held !== null);
    return held === null ? [] : [makeLine('dim', `… ${held.what}`)];
  }

  #renderRestart(interrupted: boolean): OutputPiece[] {
    const { cause, tell } = this.#restart ?? { cause: '', tell: true };
    this.#restart = null;
    if (!tell || this.#restartShown) return [];
    this.#restartShown = true;
    const what = `the daemon restarted${RESTART_CAUSES[cause] ?? ''}; resuming`;
    return [makeLine('dim', `… ${interrupted ? 'interrupted: ' : ''}${what}`)];
  }
}

/** Renders events that end a turn, an input or a session; nothing for all others. */
function renderEnding(event: WireEvent): OutputPiece[] {
  switch (event.type) {
    case 'turn_finished':
    case 'input_closed':
      if (event.outcome === 'answered') return [{ kind: 'break' }];
      return [renderOutcome(event.outcome, event.reason)];
    case 'session_quarantined':
      return [makeLine('red', `✗ the session is quarantined: ${toOneLine(event.reason, WIDTH)}`)];
    case 'damaged':
      return [makeLine('red', `✗ a record cannot be read: ${toOneLine(event.reason, WIDTH)}`)];
    default:
      return [];
  }
}

function renderOutcome(outcome: 'failed' | 'cancelled' | 'expired', reason = ''): OutputPiece {
  const words = reason.startsWith(outcome) ? reason : [outcome, reason].filter(Boolean).join(': ');
  const shown = toOneLine(words, WIDTH);
  return outcome === 'failed' ? makeLine('red', `✗ ${shown}`) : makeLine('dim', `… ${shown}`);
}
