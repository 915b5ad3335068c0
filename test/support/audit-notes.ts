import { deepStrictEqual, equal } from 'node:assert/strict';
import type { RecordedEvent } from '../../src/core/model/events.ts';

/** Ledger of notices about restarts: the model is told of all of them once, with its next answer. */
export class NoteLedger {
  #untold = 0;
  #note: string | null = null;

  enterEvent(event: RecordedEvent): void {
    if (event.type === 'system_note_added') {
      equal(this.#note, null, 'one note at a time');
      this.#note = event.text;
      return;
    }
    if (event.type === 'model_call_finished') this.#checkNote();
    deepStrictEqual(this.#note, null, 'a note comes with the answer that was given to it');
    if (event.type === 'session_handed_over') this.#untold += 1;
    if (event.type === 'turn_finished') this.#untold = 0;
  }

  #checkNote(): void {
    equal(this.#note !== null, this.#untold > 0, 'a note is there exactly when there was a restart');
    const times = this.#untold === 1 ? 'restarted due to' : `restarted ${this.#untold} times`;
    if (this.#note !== null) equal(this.#note.includes(times), true, 'a note tells of every restart');
    this.#untold = 0;
    this.#note = null;
  }
}
