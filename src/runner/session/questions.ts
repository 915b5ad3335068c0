import { type Answer, type Inquiry, MOST_QUESTIONS } from '../../core/model/elicitation.ts';
import type { Asked, SessionState, ToolCall } from '../../core/model/state.ts';

/**
 * Questions of running calls of one session, whose answers come by way of the journal: a question is recorded, people
 * decide about it wherever they are, and when the decision is recorded the call hears of it.
 */
export class Questions {
  readonly #waiting = new Map<string, Waiting>();

  /** Whether a call waits. */
  get open(): boolean {
    return this.#waiting.size > 0;
  }

  /** Never rejects. `record` is to hand the question to the journal; nobody hears of one too many. */
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

  /** This question is part of what is being recorded, after all that `before` has. */
  take(call: string, { key }: Inquiry, before: SessionState): void {
    const waiting = this.#waiting.get(nameOf(call, key));
    if (waiting) waiting.from = callIn(before, call)?.questions.length ?? 0;
  }

  /** Tells the calls what has been decided. One that was taken and is not there was not asked, or is of no more use. */
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

  /** Nobody here will hear of any decision. */
  close(): void {
    for (const { key, resolve } of this.#waiting.values()) resolve(unasked(key));
    this.#waiting.clear();
  }
}

interface Waiting {
  call: string;
  key: string;
  /** How many questions its call had before it, once it is taken: an earlier attempt may have used the same keys. */
  from: number | null;
  resolve(answer: Answer): void;
}

/** For a tool it is as if the question had been asked and was not needed any more. */
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
