import {
  type Elicitation,
  type ElicitationResult,
  MAX_ELICITATIONS,
} from '../../../core/model/elicitation.ts';
import type { CallElicitation, SessionState, ToolCall } from '../../../core/model/state.ts';

/**
 * Open elicitations of the running calls of one session. Each question is recorded in the journal; a client
 * decides it through any generation; once the decision is recorded, the waiting call receives it.
 */
export class OpenElicitations {
  readonly #waiting = new Map<string, WaitingElicitation>();

  /** Whether a call waits for an answer. */
  get hasOpen(): boolean {
    return this.#waiting.size > 0;
  }

  /**
   * Resolves with the elicitation result; never rejects. `record` must hand the question to the journal. A
   * question beyond the limit of its call is superseded at once and not recorded.
   */
  addElicitation(
    call: string,
    inquiry: Elicitation,
    record: (inquiry: Elicitation) => void,
  ): Promise<ElicitationResult> {
    const { key } = inquiry;
    const name = waitingKey(call, key);
    const asked = [...this.#waiting.values()].filter((each) => each.call === call).length;
    if (asked >= MAX_ELICITATIONS || this.#waiting.has(name)) return Promise.resolve(supersededResult(key));
    return new Promise((resolve) => {
      this.#waiting.set(name, { call, key, from: null, resolve });
      record(inquiry);
    });
  }

  /**
   * Notes that the question is part of the batch that is being recorded, after all questions that `before`
   * has.
   */
  markRecorded(call: string, { key }: Elicitation, before: SessionState): void {
    const waiting = this.#waiting.get(waitingKey(call, key));
    if (waiting) waiting.from = findStartedCall(before, call)?.questions.length ?? 0;
  }

  /**
   * Resolves the questions that the state shows as decided. A recorded question that is missing from the
   * state is resolved as superseded.
   */
  resolveDecided(state: SessionState): void {
    for (const [name, { call, key, from, resolve }] of this.#waiting) {
      if (from === null) continue;
      const asked = findStartedCall(state, call)
        ?.questions.slice(from)
        .find(({ inquiry, live }) => live && inquiry.key === key);
      if (asked?.decision === null) continue;
      this.#waiting.delete(name);
      resolve(asked ? { key, ...decisionOf(asked) } : supersededResult(key));
    }
  }

  /** Resolves all open questions as superseded, because this process receives no further decisions. */
  close(): void {
    for (const { key, resolve } of this.#waiting.values()) resolve(supersededResult(key));
    this.#waiting.clear();
  }
}

interface WaitingElicitation {
  call: string;
  key: string;
  /**
   * Number of questions of the call that precede it; null until it is recorded. Needed because an earlier
   * attempt may have used the same keys.
   */
  from: number | null;
  resolve(answer: ElicitationResult): void;
}

/** Returns the result of a question that is not asked, or no longer needed. */
export function supersededResult(key: string): ElicitationResult {
  return { key, decision: 'superseded', content: null, from: null, note: null };
}

function decisionOf({ decision, content, from, note }: CallElicitation): Omit<ElicitationResult, 'key'> {
  return { decision, content, from, note };
}

function findStartedCall({ turn }: SessionState, call: string): ToolCall | undefined {
  return turn?.tools.find((each) => each.call === call && each.phase === 'started');
}

function waitingKey(call: string, key: string): string {
  return `${call} ${key}`;
}
