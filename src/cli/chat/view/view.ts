import type { FollowedItem } from '../../../client/follow.ts';
import type { WireEvent } from '../../../protocol/events.ts';
import { Answer } from '../../../terminal/pieces/answer.ts';
import { line, type Piece } from '../../../terminal/pieces/piece.ts';
import { oneLine } from '../../../terminal/text.ts';
import { Calls } from './calls.ts';
import { Questions } from './questions.ts';

const WIDTH = 200;

/** Phrases for restart causes that matter to the user; other causes are not mentioned. */
const CAUSES: Record<string, string> = {
  config: ' with a new configuration',
  upgrade: ' with a new release',
  crash: ' after a crash',
};

export interface ViewOptions {
  /** Checks whether this client sent the input, because its text is then already on the screen. */
  isOwn(input: string): boolean;
  /** Returns the current time in milliseconds since the epoch. */
  now(): number;
}

/**
 * Renders the events of a followed session. Holds an interruption back until its consequence is known, such as a retry or
 * a restart, so that both are reported in one line.
 */
export class View {
  readonly calls = new Calls();
  readonly questions = new Questions();
  readonly #answer = new Answer();
  readonly #options: ViewOptions;
  #held: { what: string; restart: boolean } | null = null;
  /** A restart to report with the next event; reported at most once until the model has answered. */
  #restart: { cause: string; tell: boolean } | null = null;
  #told = false;
  #compacting = false;

  constructor(options: ViewOptions) {
    this.#options = options;
  }

  take(item: FollowedItem): Piece[] {
    if (item.kind === 'unknown')
      return [line('dim', `… ${item.type} (unknown event; a newer Midturn can show it)`)];
    if (item.kind === 'delta')
      return this.#compacting ? [] : [...this.#release(), ...this.#answer.stream(item.delta)];
    const { event } = item;
    if (event.type === 'model_call_started' || event.type === 'tool_call_started') return this.#begun(event);
    if (event.type === 'retry_scheduled') return this.#retry(event.until);
    if (event.type === 'session_handed_over') {
      this.#restart = event;
      return [];
    }
    return [...this.#release(event), ...this.#show(event)];
  }

  #show(event: WireEvent): Piece[] {
    switch (event.type) {
      case 'input_received':
        return this.#input(event.input);
      case 'turn_started':
        this.#told = false;
        return [];
      case 'model_call_finished':
        this.#told = false;
        this.#compacting = false;
        return [...this.#answer.finish(event), ...this.calls.asked(event)];
      case 'model_call_interrupted':
        return this.#hold(`interrupted: ${oneLine(event.reason, WIDTH)}`, event.cause);
      case 'tool_call_interrupted':
        return this.#hold('a tool call was interrupted', event.cause);
      case 'tool_call_finished':
        return [...this.questions.settled(event.call), this.calls.finished(event)];
      case 'tool_call_refused':
        return [this.calls.refused(event)];
      case 'tool_call_outcome_unknown':
        return [...this.questions.settled(event.call), this.calls.unknown(event)];
      case 'approval_requested':
        return this.questions.asked(event, this.calls.about(event.call));
      case 'approval_resolved':
        return this.questions.resolved(event);
      case 'history_compacted':
        this.#compacting = false;
        return [line('dim', '… the older part of the conversation was summarised to fit the model')];
      default:
        return ending(event);
    }
  }

  #input(input: Extract<WireEvent, { type: 'input_received' }>['input']): Piece[] {
    if (input.kind === 'question') return this.questions.heard(input);
    if (input.kind !== 'message' || this.#options.isOwn(input.id)) return [];
    return [line('bold', `${oneLine(input.from ?? 'user', 40)}: ${input.text}`)];
  }

  #begun(event: Extract<WireEvent, { type: 'model_call_started' | 'tool_call_started' }>): Piece[] {
    const note = this.#release();
    if (event.type === 'tool_call_started') return note;
    this.#compacting = event.purpose === 'compaction';
    return [...note, ...this.#answer.begin(event.step, event.attempt)];
  }

  #retry(until: number): Piece[] {
    const what = this.#held?.what ?? 'the model is not available';
    this.#held = null;
    const seconds = Math.max(0, Math.ceil((until - this.#options.now()) / 1000));
    return [line('dim', `… ${what}; trying again ${seconds > 1 ? `in ${seconds} s` : 'now'}`)];
  }

  #hold(what: string, cause: string): Piece[] {
    const restart = cause === 'crash' || cause === 'shutdown';
    this.#held = { what: restart ? 'interrupted' : what, restart };
    return [{ kind: 'break' }];
  }

  /** Renders the held interruption, unless the next event reports it too; only the last of several is rendered. */
  #release(next?: WireEvent): Piece[] {
    const held = this.#held;
    // Further interruptions may follow; together they are one line.
    if (next?.type === 'tool_call_interrupted' || next?.type === 'model_call_interrupted') return [];
    if (this.#restart && next?.type === 'input_received') return [];
    this.#held = null;
    if (next?.type === 'turn_finished') return [];
    if (this.#restart || held?.restart) return this.#restarted(held !== null);
    return held === null ? [] : [line('dim', `… ${held.what}`)];
  }

  #restarted(interrupted: boolean): Piece[] {
    const { cause, tell } = this.#restart ?? { cause: '', tell: true };
    this.#restart = null;
    if (!tell || this.#told) return [];
    this.#told = true;
    const what = `the daemon restarted${CAUSES[cause] ?? ''}; resuming`;
    return [line('dim', `… ${interrupted ? 'interrupted: ' : ''}${what}`)];
  }
}

/** Renders events that end a turn, an input or a session; nothing for all others. */
function ending(event: WireEvent): Piece[] {
  switch (event.type) {
    case 'turn_finished':
    case 'input_closed':
      if (event.outcome === 'answered') return [{ kind: 'break' }];
      return [closing(event.outcome, event.reason)];
    case 'session_quarantined':
      return [line('red', `✗ the session is quarantined: ${oneLine(event.reason, WIDTH)}`)];
    case 'damaged':
      return [line('red', `✗ a record cannot be read: ${oneLine(event.reason, WIDTH)}`)];
    default:
      return [];
  }
}

function closing(outcome: 'failed' | 'cancelled' | 'expired', reason = ''): Piece {
  const words = reason.startsWith(outcome) ? reason : [outcome, reason].filter(Boolean).join(': ');
  const shown = oneLine(words, WIDTH);
  return outcome === 'failed' ? line('red', `✗ ${shown}`) : line('dim', `… ${shown}`);
}
