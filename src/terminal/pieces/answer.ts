import type { WireDelta, WireEvent } from '../../protocol/events.ts';
import type { OutputPiece } from './piece.ts';

type FinishedModelCall = Extract<WireEvent, { type: 'model_call_finished' }>;

/**
 * Text of the running model call, assembled from streamed deltas and the durable event at the end. Each part of an
 * attempt is returned once, and the final event supplies text whose deltas were missed.
 */
export class AnswerStream {
  /** The step whose text is arriving, or arrived last. */
  #step = 0;
  #attempt = 0;
  #shown = '';
  #finished = 0;

  /** Starts a new attempt on a new line; late deltas of the previous attempt are no longer shown. */
  beginAttempt(step: number, attempt: number): OutputPiece[] {
    [this.#step, this.#attempt, this.#shown] = [step, attempt, ''];
    return [{ kind: 'break' }];
  }

  addDelta({ kind, step, attempt, offset, text }: WireDelta): OutputPiece[] {
    if (kind !== 'text') return [];
    if (step <= this.#finished || step < this.#step) return [];
    if (step === this.#step && attempt < this.#attempt) return [];
    const fresh = step !== this.#step || attempt !== this.#attempt;
    const begin = fresh ? this.beginAttempt(step, attempt) : [];
    if (offset > this.#shown.length) return [];
    const added = text.slice(this.#shown.length - offset);
    this.#shown += added;
    return added === '' ? begin : [...begin, { kind: 'text', text: added }];
  }

  finishStep({ step, content }: FinishedModelCall): OutputPiece[] {
    const whole = content.map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join('');
    const shown = step === this.#step ? this.#shown : '';
    this.#finished = Math.max(step, this.#finished);
    const known = whole.startsWith(shown);
    const rest = known ? whole.slice(shown.length) : whole;
    const text: OutputPiece[] = rest === '' ? [] : [{ kind: 'text', text: rest }];
    return [...(known && shown !== '' ? [] : [{ kind: 'break' } as const]), ...text, { kind: 'break' }];
  }
}
