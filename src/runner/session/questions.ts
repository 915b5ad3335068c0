import { type Answer, type Inquiry, MOST_QUESTIONS } from '../../core/model/elicitation.ts';
import type { Asked, SessionState, ToolCall } from '../../core/model/state.ts';

/**
 * Open elicitations of the running calls of one session. Each question is recorded in the journal; a client
 * decides it through any generation; once the decision is recorded, the waiting call receives it.
 */
export class Questions {
  readonly #waiting = new Map<string, Waiting>();

  /** Whether a call waits for an answer. */
  get open(): boolean {
    return this.#waiting.size > 0;
  }

  /**
   * Resolves with the elicitation result; never rejects. `record` must hand the question to the journal. A
   * question beyond the limit of its call is superseded at once and not recorded.
   */
  ask(call: string, inquiry: Inquiry, record: (inquiry: Inquiry) => void): Promise<Answer> {
    const { key } = inquiry;
    const name = nameOf(call, key);
    const asked = [...this.#waiting.values()].filter((each) => each.call === call).length;
    if (asked >= MOST_QUESTIONS || this.#waiting.has(name)) return Promise.resolve(unasked(key));
    return new Promise((resolve) => {
      this.#waiting.set(name, { call, key, from: null, resolve });
      record(inquiry);
    });
  }

  /**
   * Notes that the question is part of the batch that is being recorded, after all questions that `before`
   * has.
   */
  take(call: string, { key }: Inquiry, before: SessionState): void {
    const waiting = this.#waiting.get(nameOf(call, key));
    if (waiting) waiting.from = callIn(before, call)?.questions.length ?? 0;
  }

  /**
   * Resolves the questions that the state shows as decided. A recorded question that is missing from the
   * state is resolved as superseded.
   */
  look(state: SessionState): void {
    for (const [name, { call, key, from, resolve }] of this.#waiting) {
      if (from === null) continue;
      const asked = callIn(state, call)
        ?.questions.slice(from)
        .find(({ inquiry, live }) => live && inquiry.key === key);
      if (asked?.decision === null) continue;
      this.#waiting.delete(name);
      resolve(asked ? { key, ...said(asked) } : unasked(key));
    }
  }

  /** Resolves all open questions as superseded, because this process receives no further decisions. */
  close(): void {
    for (const { key, resolve } of this.#waiting.values()) resolve(unasked(key));
    this.#waiting.clear();
  }
}

interface Waiting {
  call: string;
  key: string;
  /**
   * Number of questions of the call that precede it; null until it is recorded. Needed because an earlier
   * attempt may have used the same keys.
   */
  from: number | null;
  resolve(answer: Answer): void;
}

/** Returns the result of a question that is not asked, or no longer needed. */
export function unasked(key: string): Answer {
  return { key, decision: 'superseded', content: null, from: null, note: null };
}

function said({ decision, content, from, note }: Asked): Omit<Answer, 'key'> {
  return { decision, content, from, note };
}

function callIn({ turn }: SessionState, call: string): ToolCall | undefined {
  return turn?.tools.find((each) => each.call === call && each.phase === 'started');
}

function nameOf(call: string, key: string): string {
  return `${call} ${key}`;
}
